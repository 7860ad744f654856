/** A piece of a line: plain or emphasised. */
export interface Inline {
  text: string;
  mark: "none" | "strong" | "em" | "code";
}

/** A block of a text as staff write job descriptions: headings, paragraphs and lists. */
export type Block =
  | { kind: "heading"; depth: number; line: Inline[] }
  | { kind: "paragraph"; lines: Inline[][] }
  | { kind: "list"; ordered: boolean; start: number; items: Inline[][] };

const HEADING = /^(#{1,6})\s+(.*)$/;
const BULLET = /^\s*[-*+]\s+(.*)$/;
const NUMBER = /^\s*(\d{1,9})[.)、]\s*(.*)$/;
const MARKS = /\*\*([^*]+)\*\*|(?<!\*)\*(?!\s)([^*]*[^*\s])\*(?!\*)|`([^`]+)`/g;

/** The marks of a line; whatever does not close is plain text. */
export function inlineOf(line: string): Inline[] {
  const parts: Inline[] = [];
  let at = 0;
  for (const match of line.matchAll(MARKS)) {
    if (match.index > at) parts.push({ text: line.slice(at, match.index), mark: "none" });
    const [whole, strong, em, code] = match;
    if (strong !== undefined) parts.push({ text: strong, mark: "strong" });
    else if (em !== undefined) parts.push({ text: em, mark: "em" });
    else parts.push({ text: code ?? "", mark: "code" });
    at = match.index + whole.length;
  }
  if (at < line.length) parts.push({ text: line.slice(at), mark: "none" });
  return parts;
}

/**
 * The part of Markdown that job descriptions need. Nothing in it becomes HTML or a link: everything else,
 * tags included, is text.
 */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") {
      open = null;
      continue;
    }
    const heading = HEADING.exec(line);
    const bullet = BULLET.exec(line);
    const numbered = NUMBER.exec(line);
    if (heading) {
      blocks.push({ kind: "heading", depth: heading[1]?.length ?? 1, line: inlineOf(heading[2] ?? "") });
      open = null;
    } else if (bullet ?? numbered) {
      const ordered = numbered !== null && bullet === null;
      const item = inlineOf((ordered ? numbered[2] : bullet?.[1]) ?? "");
      if (open?.kind === "list" && open.ordered === ordered) open.items.push(item);
      else {
        open = { kind: "list", ordered, start: ordered ? Number(numbered[1]) : 1, items: [item] };
        blocks.push(open);
      }
    } else if (open?.kind === "paragraph") {
      open.lines.push(inlineOf(line.trim()));
    } else {
      open = { kind: "paragraph", lines: [inlineOf(line.trim())] };
      blocks.push(open);
    }
  }
  return blocks;
}
