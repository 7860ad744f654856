import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { useCentres } from "@/lib/places/use-centres";
import { useSession } from "@/lib/session/use-session";
import { calledDetailQuery, type CalledDetail } from "./api/called";
import { useCodes, usePlaceText } from "./api/codes";
import { CalledState } from "./called-columns";
import styles from "./numbering.module.css";

interface Props {
  id: string;
  onClose: () => void;
  onEdit: (entry: CalledDetail) => void;
  onTry: (number: string) => void;
}

/** One called number: what it is and who owns it, and how to change or try it. */
export function CalledPane({ id, onClose, onEdit, onTry }: Props) {
  const { t } = useTranslation(["numbering", "common"]);
  const { data: entry, error, refetch } = useQuery(calledDetailQuery(id));
  const { can } = useSession();
  const { nameOf } = useCentres();
  const services = useCodes("service");
  const placeText = usePlaceText();
  if (!entry) {
    return (
      <SidePane title={t("numbering:details")} label={t("numbering:details")} onClose={onClose}>
        {error ? <ErrorNote what={t("numbering:loadFailed")} error={error} onRetry={() => void refetch()} /> : <Skeleton active title={false} />}
      </SidePane>
    );
  }
  const actions = (
    <>
      <Button
        size="small"
        onClick={() => {
          onTry(entry.number.replace("…", ""));
        }}
      >
        {t("numbering:try")}
      </Button>
      {entry.editable ? (
        <Button
          size="small"
          type="primary"
          onClick={() => {
            onEdit(entry);
          }}
        >
          {t("numbering:edit")}
        </Button>
      ) : null}
    </>
  );
  return (
    <SidePane title={`${entry.number} ${entry.name}`} label={t("numbering:details")} onClose={onClose} actions={actions}>
      <CalledState entry={entry} />
      {entry.editable || !can("numbering.called.edit") ? null : <p className={styles["muted"]}>{t("numbering:notYours")}</p>}
      <DetailsList
        items={[
          { name: t("numbering:kind"), value: t(`numbering:kinds.${entry.kind}`) },
          { name: t("numbering:match"), value: t(`numbering:matches.${entry.match}`) },
          { name: t("numbering:centre"), value: nameOf(entry.centre_id) },
          { name: t("numbering:service"), value: entry.service === "" ? t("numbering:ownerAnswers") : services.nameOf(entry.service) },
          { name: t("numbering:place"), value: placeText(entry.province, entry.city) || t("numbering:everywhere") },
          { name: t("numbering:mergeMethod"), value: entry.merge_method === "" ? "" : t(`numbering:methods.${entry.merge_method}`) },
          { name: t("numbering:transferTo"), value: entry.transfer_to },
          { name: t("numbering:trunkGroup"), value: entry.trunk_group },
          { name: t("numbering:validFrom"), value: <TimeText value={entry.valid_from} full /> },
          { name: t("numbering:validUntil"), value: entry.valid_until ? <TimeText value={entry.valid_until} full /> : "" },
          { name: t("numbering:note"), value: entry.note },
          { name: t("numbering:updated"), value: <><TimeText value={entry.updated_at} full /> {entry.updated_by}</> },
        ]}
      />
    </SidePane>
  );
}
