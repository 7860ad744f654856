import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { SidePane } from "@/components/side-pane";
import { StatusWord } from "@/components/status-word";
import { TimeText } from "@/components/time-text";
import { useCentres } from "@/lib/places/use-centres";
import { actionText, thingText } from "./action-text";
import { entryQuery, type EntryDetail } from "./api/get-entry";
import styles from "./audit.module.css";
import { ChangesTable } from "./changes-table";
import type { AuditFilter } from "./filter";
import { whoText } from "./use-entry-columns";

interface Props {
  id: string;
  onClose: () => void;
  /** Shows more of the same instead of what is filtered now. */
  onOnly: (filter: AuditFilter) => void;
}

/** One entry: what was done to what first, then the changes, then who, where and why. */
export function EntryPane({ id, onClose, onOnly }: Props) {
  const { t } = useTranslation("audit");
  const { data, error, refetch } = useQuery(entryQuery(id));
  return (
    <SidePane title={data ? actionText(data.action) : t("details")} label={t("details")} onClose={onClose}>
      {data ? (
        <EntryBody entry={data} onOnly={onOnly} />
      ) : error ? (
        <ErrorNote what={t("entryFailed")} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton active title={false} paragraph={{ rows: 8, width: "100%" }} />
      )}
    </SidePane>
  );
}

function EntryBody({ entry, onOnly }: { entry: EntryDetail; onOnly: Props["onOnly"] }) {
  const { t } = useTranslation("audit");
  const { path } = useCentres();
  const where = path(entry.centre_id).map(({ name }) => name).join(" / ") || entry.centre_id;
  const { object, actor } = entry;
  return (
    <>
      <section className={styles["what"]}>
        <strong>{object.label || object.id || thingText(object.kind)}</strong>
        <StatusWord tone={entry.sealed ? "ok" : "idle"}>{t(entry.sealed ? "sealed" : "unsealed")}</StatusWord>
      </section>
      {entry.fields.length > 0 ? <ChangesTable fields={entry.fields} /> : <p className={styles["muted"]}>{t("noChanges")}</p>}
      <DetailsList
        items={[
          { name: t("who"), value: whoText(entry) },
          { name: t("at"), value: <TimeText value={entry.at} full /> },
          { name: t("reason"), value: entry.reason },
          { name: t("address"), value: actor.address },
          { name: t("centre"), value: where },
          { name: t("place"), value: [entry.province, entry.city].filter(Boolean).join(" / ") },
          { name: t("action"), value: <CopyCode value={entry.action} /> },
          { name: t("kind"), value: thingText(object.kind) },
          { name: t("objectId"), value: object.id ? <CopyCode value={object.id} wrap /> : "" },
          { name: t("requestId"), value: entry.request_id ? <CopyCode value={entry.request_id} /> : "" },
          { name: t("id"), value: <CopyCode value={entry.id} wrap /> },
        ]}
      />
      <div className={styles["more"]}>
        {object.id ? (
          <Button
            size="small"
            onClick={() => {
              onOnly({ range: "all", kind: object.kind, object: object.id });
            }}
          >
            {t("onlyObject")}
          </Button>
        ) : null}
        <Button
          size="small"
          onClick={() => {
            onOnly({ actor: actor.number || actor.name });
          }}
        >
          {t("onlyActor")}
        </Button>
      </div>
    </>
  );
}
