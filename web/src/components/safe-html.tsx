/**
 * Text with headings, lists and links that the server has rendered from Markdown and made safe. Nothing else may
 * be put in here: what people typed goes through the server first.
 */
export function SafeHtml({ html }: { html: string }) {
  return <div className="prose" dangerouslySetInnerHTML={{ __html: html }} />;
}
