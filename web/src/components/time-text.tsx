import { fullTime, shortTime } from "@/lib/format/time";
import { useNow } from "@/lib/format/use-now";

/** A moment, short; the full one is a hover away. */
export function TimeText({ value, full = false }: { value: string; full?: boolean }) {
  const now = useNow(60_000);
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return <span>{value}</span>;
  return (
    <time dateTime={value} title={fullTime(date)} className="figures">
      {full ? fullTime(date) : shortTime(date, now)}
    </time>
  );
}
