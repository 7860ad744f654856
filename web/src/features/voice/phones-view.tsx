import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Tooltip } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { StatusWord } from "@/components/status-word";
import { useLiveTopic } from "@/lib/live/context";
import { useCentres } from "@/lib/places/use-centres";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { phonesKey, phonesQuery, type Phone, type PhoneDetail, type PhoneFilter, type PhoneSecret } from "./api/phones";
import { FormDrawer } from "./form-drawer";
import { ListFrame, SearchField } from "./list-frame";
import { PhoneForm } from "./phone-form";
import { PhonePane } from "./phone-pane";
import { SecretDialog } from "./secret-dialog";
import styles from "./voice.module.css";

/** Whether a phone is registered, in words. */
export function PhoneState({ phone }: { phone: Phone }) {
  const { t } = useTranslation("voice");
  if (phone.disabled) return <StatusWord tone="idle">{t("disabled")}</StatusWord>;
  if (phone.contacts.length === 0) return <StatusWord tone="warning">{t("phones.notRegistered")}</StatusWord>;
  return <StatusWord tone="ok">{phone.contacts.length === 1 ? t("phones.registered") : t("phones.manyContacts", { count: phone.contacts.length })}</StatusWord>;
}

function usePhoneColumns(): Column<Phone>[] {
  const { t } = useTranslation("voice");
  const { nameOf } = useCentres();
  return [
    { key: "number", title: t("phones.number"), width: 100, render: (row) => <span className="figures">{row.number}</span> },
    { key: "name", title: t("phones.displayName"), render: (row) => <span title={row.display_name}>{row.display_name}</span> },
    { key: "state", title: t("state"), width: 150, render: (row) => <PhoneState phone={row} /> },
    { key: "where", title: t("phones.where"), width: 190, inDetails: true, render: (row) => <span className="figures">{row.contacts.map((contact) => contact.source).join(", ")}</span> },
    { key: "agent", title: t("phones.agent"), width: 180, inDetails: true, render: (row) => <span title={row.contacts[0]?.agent}>{row.contacts[0]?.agent}</span> },
    { key: "staff", title: t("phones.staff"), width: 120, inDetails: true, render: (row) => row.staff_number },
    { key: "centre", title: t("centre"), width: 160, inDetails: true, render: (row) => <span title={nameOf(row.centre_id)}>{nameOf(row.centre_id)}</span> },
  ];
}

interface Props {
  filter: PhoneFilter;
  onFilter: (filter: PhoneFilter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
}

/** Desk phones and where they are registered now. */
export function PhonesView({ filter, onFilter, openId, onOpen }: Props) {
  const { t } = useTranslation("voice");
  const { can } = useSession();
  const client = useQueryClient();
  const list = useInfiniteQuery(phonesQuery(filter));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = usePhoneColumns();
  const [editing, setEditing] = useState<{ entry?: PhoneDetail } | null>(null);
  const [secret, setSecret] = useState<PhoneSecret | null>(null);
  useLiveTopic("phones.changed", () => void client.invalidateQueries({ queryKey: phonesKey }));
  const editor = can("voice.phone.edit");
  const add = () => {
    setEditing({});
  };
  useShortcut({ id: "phones.new", keys: "n", label: t("phones.add"), group: "page", enabled: editor, run: add });
  const addButton = editor ? (
    <Tooltip title={t("phones.addKey")}>
      <Button type="primary" onClick={add}>
        {t("phones.add")}
      </Button>
    </Tooltip>
  ) : null;
  return (
    <div className={styles["page"]}>
      <PageHeader
        title={t("phones.title")}
        note={t("phones.note")}
        help="voice.phone"
        actions={
          <>
            <ExcelMenu exportPath="/api/phones/export" query={{ ...filter }} />
            {addButton}
          </>
        }
      />
      <div className={styles["filters"]}>
        <SearchField
          page="phones"
          label={t("phones.search")}
          value={filter.q}
          onSearch={(q) => {
            onFilter({ q });
          }}
        />
      </div>
      <ListFrame
        id="phones"
        label={t("phones.title")}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        positionKey={`phones ${JSON.stringify(filter)}`}
        pages={list}
        openId={openId}
        onOpen={onOpen}
        filtered={filter.q !== undefined}
        onClear={() => {
          onFilter({});
        }}
        empty={
          <EmptyState title={t("phones.empty")} action={addButton}>
            {t("phones.emptyHint")}
          </EmptyState>
        }
        pane={
          openId === null ? null : (
            <PhonePane
              key={openId}
              id={openId}
              onClose={() => {
                onOpen(null);
              }}
              onEdit={(entry) => {
                setEditing({ entry });
              }}
              onSecret={setSecret}
            />
          )
        }
      />
      <FormDrawer
        open={editing !== null}
        title={editing?.entry ? t("phones.editTitle", { number: editing.entry.number }) : t("phones.add")}
        submit={t("save")}
        onClose={() => {
          setEditing(null);
        }}
      >
        {(id, onBusy) => (
          <PhoneForm
            id={id}
            entry={editing?.entry}
            onBusy={onBusy}
            onSaved={(saved, shown) => {
              setEditing(null);
              setSecret(shown ?? null);
              onOpen(saved);
            }}
          />
        )}
      </FormDrawer>
      <SecretDialog
        secret={secret}
        onClose={() => {
          setSecret(null);
        }}
      />
    </div>
  );
}
