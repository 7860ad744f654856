import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BulkBar } from "@/components/bulk-bar";
import { ReasonDialog } from "@/components/reason-dialog";
import { errorText } from "@/lib/i18n/error-text";
import { useDecideApprovals } from "./api/decide-approvals";

interface Props {
  ids: ReadonlySet<string>;
  onClear: () => void;
}

/** Decides the ticked requests, each for itself, and tells which were not decided and why. */
export function BulkDecision({ ids, onClear }: Props) {
  const { t } = useTranslation("approval");
  const { message } = App.useApp();
  const [approve, setApprove] = useState<boolean | null>(null);
  const deciding = useDecideApprovals();
  const confirm = async (comment: string) => {
    const outcomes = await deciding.mutateAsync({ ids: [...ids], approve: approve === true, comment });
    const left = outcomes.filter(({ done }) => !done);
    const done = t("bulkDone", { count: outcomes.length - left.length });
    if (left.length === 0) void message.success(done);
    else void message.warning(`${done} ${t("bulkLeft", { count: left.length, why: errorText(left[0]?.code ?? "", left[0]?.message ?? "") })}`, 8);
    onClear();
  };
  return (
    <>
      <BulkBar count={ids.size} onClear={onClear}>
        <Button size="small" type="primary" onClick={() => { setApprove(true); }}>
          {t("approve")}
        </Button>
        <Button size="small" danger onClick={() => { setApprove(false); }}>
          {t("refuse")}
        </Button>
      </BulkBar>
      <ReasonDialog
        open={approve !== null}
        title={t(approve === true ? "approve" : "refuse")}
        consequence={t("bulkConsequence", { count: ids.size })}
        danger={approve === false}
        reasonRequired={approve === false}
        onConfirm={confirm}
        onClose={() => { setApprove(null); }}
      />
    </>
  );
}
