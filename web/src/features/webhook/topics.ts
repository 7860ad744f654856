/** Topics as people write them: separated by spaces, lines, or commas of either language. */
export function splitTopics(text: string): string[] {
  return [...new Set(text.split(/[\s,;\uff0c\u3001\uff1b]+/).filter(Boolean))];
}

/** Adds a topic to the text, or takes it out again. */
export function toggleTopic(text: string, topic: string): string {
  const topics = splitTopics(text);
  return (topics.includes(topic) ? topics.filter((entry) => entry !== topic) : [...topics, topic]).join(", ");
}
