import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { CopyCode } from "@/components/copy-code";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { SidePane } from "@/components/side-pane";
import { StatusWord } from "@/components/status-word";
import { useSession } from "@/lib/session/use-session";
import { TimeText } from "@/components/time-text";
import { useDeleteWebhook } from "./api/delete-webhook";
import type { Webhook } from "./api/list-webhooks";
import { DeliveryList } from "./delivery-list";

interface Props {
  webhook: Webhook;
  onClose: () => void;
}

/** One subscription: whether it works, what was delivered, and how to end it. */
export function WebhookPane({ webhook, onClose }: Props) {
  const { t } = useTranslation(["webhook", "common"]);
  const { modal, message } = App.useApp();
  const mayEdit = useSession().can("webhook.edit");
  const remove = useDeleteWebhook();

  const ask = () => {
    modal.confirm({
      title: t("webhook:deleteAsk"),
      content: t("webhook:deleteConsequence", { url: webhook.url }),
      okText: t("webhook:delete"),
      okButtonProps: { danger: true },
      cancelText: t("common:cancel"),
      focusable: { autoFocusButton: "cancel" },
      onOk: () => {
        remove.mutate(webhook.id, {
          onSuccess: () => {
            void message.success(t("webhook:deleted"));
            onClose();
          },
        });
      },
    });
  };

  return (
    <SidePane
      title={webhook.url}
      label={t("webhook:details")}
      onClose={onClose}
      actions={
        mayEdit ? (
          <Button size="small" danger type="text" loading={remove.isPending} onClick={ask}>
            {t("webhook:delete")}
          </Button>
        ) : null
      }
    >
      {remove.error ? <ErrorNote what={t("webhook:deleteFailed")} error={remove.error} onRetry={ask} /> : null}
      <DetailsList
        items={[
          {
            name: t("webhook:state"),
            value: (
              <StatusWord tone={webhook.active ? "ok" : "idle"}>
                {t(webhook.active ? "webhook:active" : "webhook:inactive")}
              </StatusWord>
            ),
          },
          { name: t("webhook:topics"), value: webhook.topics.join(", ") },
          { name: t("webhook:createdAt"), value: <TimeText value={webhook.created_at} full /> },
          { name: t("webhook:id"), value: <CopyCode value={webhook.id} /> },
        ]}
      />
      <DeliveryList webhook={webhook.id} />
    </SidePane>
  );
}
