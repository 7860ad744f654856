import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ContactView } from "@/features/interaction/contact-view";
import { recordingQuery, recordingsQuery } from "@/features/recording/api/recordings";
import { RecordingPlayer } from "@/features/recording/recording-player";
import { useSession } from "@/lib/session/use-session";

const route = getRouteApi("/contacts/$id");

function Player({ id }: { id: string }) {
  const { data } = useQuery(recordingQuery(id));
  return data ? <RecordingPlayer recording={data} /> : null;
}

/** Recordings of the contact: those that its steps name, and those made under its id. */
function Recordings({ contact, named }: { contact: string; named: readonly string[] }) {
  const { t } = useTranslation("interaction");
  const list = useInfiniteQuery(recordingsQuery({ call_id: contact }));
  const made = list.data?.pages.flatMap((page) => page.items.map(({ id }) => id)) ?? [];
  const ids = [...new Set([...named, ...made])];
  if (ids.length === 0) return null;
  return (
    <section aria-label={t("recordings")}>
      <h2>{t("recordings")}</h2>
      {ids.map((id) => (
        <Player key={id} id={id} />
      ))}
    </section>
  );
}

export function ContactPage() {
  const { id } = route.useParams();
  const { can } = useSession();
  return (
    <ContactView
      key={id}
      id={id}
      recordings={(contact) => (can("voice.recording.read") ? <Recordings contact={contact.id} named={contact.recording_ids} /> : null)}
    />
  );
}
