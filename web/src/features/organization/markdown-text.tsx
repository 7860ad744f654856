import { Fragment } from "react";
import { blocksOf, type Block, type Inline } from "./markdown";
import styles from "./people.module.css";

function Line({ parts }: { parts: readonly Inline[] }) {
  return parts.map(({ text, mark }, index) => {
    const key = String(index);
    if (mark === "strong") return <strong key={key}>{text}</strong>;
    if (mark === "em") return <em key={key}>{text}</em>;
    if (mark === "code") return <code key={key}>{text}</code>;
    return <Fragment key={key}>{text}</Fragment>;
  });
}

function BlockView({ block }: { block: Block }) {
  if (block.kind === "heading") {
    const Heading = block.depth <= 1 ? "h4" : block.depth === 2 ? "h5" : "h6";
    return (
      <Heading>
        <Line parts={block.line} />
      </Heading>
    );
  }
  if (block.kind === "paragraph") {
    return (
      <p>
        {block.lines.map((line, index) => (
          <Fragment key={String(index)}>
            {index > 0 ? <br /> : null}
            <Line parts={line} />
          </Fragment>
        ))}
      </p>
    );
  }
  const items = block.items.map((item, index) => (
    <li key={String(index)}>
      <Line parts={item} />
    </li>
  ));
  return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
}

/** The text of a job description. It is drawn from its parts: nothing of it is ever read as HTML. */
export function MarkdownText({ text }: { text: string }) {
  return (
    <div className={styles["prose"]}>
      {blocksOf(text).map((block, index) => (
        <BlockView key={String(index)} block={block} />
      ))}
    </div>
  );
}
