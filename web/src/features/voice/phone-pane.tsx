import { useQuery } from "@tanstack/react-query";
import { Button, Modal, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { useCentres } from "@/lib/places/use-centres";
import { phoneQuery, useDeletePhone, useRenewPassword, type PhoneDetail, type PhoneSecret } from "./api/phones";
import { DeleteDialog } from "./delete-dialog";
import { PhoneState } from "./phones-view";
import styles from "./voice.module.css";

interface Props {
  id: string;
  onClose: () => void;
  onEdit: (entry: PhoneDetail) => void;
  onSecret: (secret: PhoneSecret) => void;
}

/** One phone: where it is registered first, then what it is. */
export function PhonePane({ id, onClose, onEdit, onSecret }: Props) {
  const { t } = useTranslation(["voice", "common"]);
  const { data: phone, error, refetch } = useQuery(phoneQuery(id));
  const { nameOf } = useCentres();
  const renew = useRenewPassword();
  const remove = useDeletePhone();
  const [asking, setAsking] = useState<"renew" | "delete" | null>(null);
  if (!phone) {
    return (
      <SidePane title={t("voice:phones.title")} label={t("voice:details")} onClose={onClose}>
        {error ? <ErrorNote what={t("voice:loadFailed")} error={error} onRetry={() => void refetch()} /> : <Skeleton active title={false} />}
      </SidePane>
    );
  }
  const close = () => {
    setAsking(null);
  };
  return (
    <SidePane
      title={`${phone.number} ${phone.display_name}`}
      label={t("voice:details")}
      onClose={onClose}
      actions={
        phone.editable ? (
          <>
            <Button
              size="small"
              onClick={() => {
                setAsking("delete");
              }}
            >
              {t("voice:remove")}
            </Button>
            <Button
              size="small"
              onClick={() => {
                renew.reset();
                setAsking("renew");
              }}
            >
              {t("voice:phones.renew")}
            </Button>
            <Button
              size="small"
              type="primary"
              onClick={() => {
                onEdit(phone);
              }}
            >
              {t("voice:edit")}
            </Button>
          </>
        ) : null
      }
    >
      <PhoneState phone={phone} />
      {phone.contacts.length > 0 ? (
        <section className={styles["section"]}>
          <h3>{t("voice:phones.contacts")}</h3>
          {phone.contacts.map((contact) => (
            <div key={`${contact.node} ${contact.contact}`} className={styles["card"]}>
              <DetailsList
                items={[
                  { name: t("voice:phones.where"), value: `${contact.transport.toUpperCase()} ${contact.source}` },
                  { name: t("voice:phones.agent"), value: contact.agent },
                  { name: t("voice:phones.since"), value: <TimeText value={contact.since} /> },
                  { name: t("voice:phones.expires"), value: <TimeText value={contact.expires} /> },
                  { name: t("voice:node"), value: contact.node },
                ]}
              />
            </div>
          ))}
        </section>
      ) : null}
      <DetailsList
        items={[
          { name: t("voice:phones.staff"), value: phone.staff_number === "" ? "" : `${phone.staff_number} ${phone.staff_name}` },
          { name: t("voice:centre"), value: nameOf(phone.centre_id) },
          { name: t("voice:phones.realm"), value: phone.realm },
          { name: t("voice:phones.passwordAt"), value: <TimeText value={phone.password_at} full /> },
          { name: t("voice:note"), value: phone.note },
          { name: t("voice:updated"), value: <><TimeText value={phone.updated_at} full /> {phone.updated_by}</> },
        ]}
      />
      <DeleteDialog
        open={asking === "delete"}
        title={t("voice:phones.deleteTitle", { number: phone.number })}
        consequence={t("voice:phones.deleteHint")}
        onConfirm={() => remove.mutateAsync({ id, version: phone.version })}
        onDone={onClose}
        onClose={close}
      />
      <Modal
        open={asking === "renew"}
        title={t("voice:phones.renewTitle", { number: phone.number })}
        width={480}
        destroyOnHidden
        okText={t("voice:phones.renew")}
        cancelText={t("common:cancel")}
        okButtonProps={{ danger: true, loading: renew.isPending }}
        onOk={() => {
          renew.mutate(
            { id, version: phone.version },
            {
              onSuccess: (secret) => {
                close();
                onSecret(secret);
              },
            },
          );
        }}
        onCancel={close}
      >
        <p>{t("voice:phones.renewHint")}</p>
        {renew.error ? <ErrorNote what={t("voice:saveFailed")} error={renew.error} /> : null}
      </Modal>
    </SidePane>
  );
}
