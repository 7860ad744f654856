import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { LineDifference } from "@/components/line-difference";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { errorText } from "@/lib/i18n/error-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { useCentres } from "@/lib/places/use-centres";
import { approvalQuery, type FullApproval } from "./api/get-approval";
import { ApprovalState } from "./approval-state";
import styles from "./approval.module.css";
import { DecisionBox } from "./decision-box";
import { detailIn, kindText, personText } from "./words";

interface Props {
  id: string;
  onClose: () => void;
  onDone: () => void;
}

/** One request: who asks what and why, what would change, and the decision. */
export function ApprovalPane({ id, onClose, onDone }: Props) {
  const { t } = useTranslation("approval");
  const language = useLanguage();
  const approval = useQuery(approvalQuery(id));
  if (approval.data === undefined) {
    return (
      <SidePane title={t("details")} label={t("details")} onClose={onClose}>
        {approval.error ? (
          <ErrorNote what={t("oneFailed")} error={approval.error} onRetry={() => void approval.refetch()} />
        ) : (
          <Skeleton active title={false} paragraph={{ rows: 8 }} />
        )}
      </SidePane>
    );
  }
  const { data } = approval;
  return (
    <SidePane title={`${kindText(data, language)} · ${data.label}`} label={t("details")} onClose={onClose}>
      <Asking approval={data} />
      <Changing approval={data} />
      <Past approval={data} />
      <DecisionBox key={data.id} approval={data} onDone={onDone} />
    </SidePane>
  );
}

function Asking({ approval }: { approval: FullApproval }) {
  const { t } = useTranslation("approval");
  const { nameOf } = useCentres();
  return (
    <>
      <section className={styles["outcome"]} data-state={approval.state}>
        <ApprovalState state={approval.state} />
        <p>{approval.reason}</p>
        {approval.failure ? <p>{t("failedBecause", { why: approval.failure })}</p> : null}
        {approval.state !== "open" && approval.comment ? <p>{t("decidedWith", { who: approval.closed_by, comment: approval.comment })}</p> : null}
      </section>
      <DetailsList
        items={[
          { name: t("requester"), value: personText(approval.requester) },
          { name: t("centre"), value: approval.centre_id ? nameOf(approval.centre_id) : t("nation") },
          { name: t("askedAt"), value: <TimeText value={approval.created_at} full /> },
          { name: t("expiresAt"), value: approval.state === "open" ? <TimeText value={approval.expires_at} full /> : "" },
          { name: t("evidence"), value: approval.evidence.join(t("semicolon")) },
        ]}
      />
    </>
  );
}

const LONG = 120;

/** What would change: old beside new, long texts line by line. */
function Changing({ approval }: { approval: FullApproval }) {
  const { t } = useTranslation("approval");
  const language = useLanguage();
  if (approval.problem) return <p role="alert">{errorText(approval.problem, "")}</p>;
  const lines = approval.details.map((detail) => detailIn(detail, language));
  if (lines.length === 0) return null;
  const short = lines.filter(({ before, after }) => before.length <= LONG && after.length <= LONG && !`${before}${after}`.includes("\n"));
  return (
    <section>
      <h3>{t("changes")}</h3>
      <table className={styles["changes"]}>
        <thead>
          <tr>
            <th scope="col">{t("field")}</th>
            <th scope="col">{t("old")}</th>
            <th scope="col">{t("new")}</th>
          </tr>
        </thead>
        <tbody>
          {short.map(({ name, before, after }, index) => (
            // The same field may come several times, one line for each role.
            <tr key={index} data-changed={before !== after || undefined}>
              <th scope="row">{name}</th>
              <td>{before || "—"}</td>
              <td>{after || "—"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines
        .filter((line) => !short.includes(line))
        .map(({ name, before, after }) => (
          <div key={name} className={styles["longChange"]}>
            <h4>{name}</h4>
            <LineDifference before={before} after={after} label={name} />
          </div>
        ))}
    </section>
  );
}

/** The steps that were decided and what people said. */
function Past({ approval }: { approval: FullApproval }) {
  const { t } = useTranslation("approval");
  const steps = approval.steps.filter(({ at }) => at !== null);
  const remarks = approval.remarks;
  return (
    <section>
      {steps.length + remarks.length > 0 ? <h3>{t("history")}</h3> : null}
      <ul className={styles["history"]}>
        {steps.map((step) => (
          <li key={step.number}>
            <ApprovalState state={step.state} /> {personText(step.by)} {step.at === null ? null : <TimeText value={step.at} />}
            {step.comment ? <p>{step.comment}</p> : null}
          </li>
        ))}
        {remarks.map((remark, index) => (
          <li key={`${remark.at} ${index}`}>
            {personText(remark.by)} <TimeText value={remark.at} />
            <p>{remark.text}</p>
          </li>
        ))}
      </ul>
      <CopyCode value={approval.id} />
    </section>
  );
}
