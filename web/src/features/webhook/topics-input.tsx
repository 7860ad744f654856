import { Input } from "antd";
import { splitTopics, toggleTopic } from "./topics";
import styles from "./webhook.module.css";

interface Props {
  /** Given by the form around it. */
  id?: string;
  value?: string;
  onChange?: (value: string) => void;
  suggestions: readonly string[];
}

/** Topics as text, with those already in use one press away. */
export function TopicsInput({ id, value = "", onChange, suggestions }: Props) {
  const chosen = splitTopics(value);
  return (
    <>
      <Input
        id={id}
        autoComplete="off"
        value={value}
        onChange={(event) => {
          onChange?.(event.target.value);
        }}
      />
      <div className={styles["suggestions"]}>
        {suggestions.map((topic) => (
          <button
            key={topic}
            type="button"
            aria-pressed={chosen.includes(topic)}
            onClick={() => {
              onChange?.(toggleTopic(value, topic));
            }}
          >
            {topic}
          </button>
        ))}
      </div>
    </>
  );
}
