import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { ExcelMenu } from "@/components/excel-menu";
import { PageHeader } from "@/components/page-header";
import { SavedViews } from "@/components/saved-views";
import { StatusWord } from "@/components/status-word";
import { useLiveTopic } from "@/lib/live/context";
import { useCentres } from "@/lib/places/use-centres";
import { useSession } from "@/lib/session/use-session";
import { phonesKey, phonesQuery, type Phone, type PhoneDetail, type PhoneFilter, type PhoneSecret } from "./api/phones";
import { EditableList } from "./editable-list";
import { passwordsOf, PasswordsDialog, type ImportedPasswords } from "./passwords-dialog";
import { PhoneForm } from "./phone-form";
import { PhonePane } from "./phone-pane";
import { SecretDialog } from "./secret-dialog";

/** Whether a phone is registered, in words. */
export function PhoneState({ phone }: { phone: Phone }) {
  const { t } = useTranslation("voice");
  if (phone.disabled) return <StatusWord tone="idle">{t("disabled")}</StatusWord>;
  if (phone.contacts.length === 0) return <StatusWord tone="warning">{t("phones.notRegistered")}</StatusWord>;
  return <StatusWord tone="ok">{phone.contacts.length === 1 ? t("phones.registered") : t("phones.manyContacts", { count: phone.contacts.length })}</StatusWord>;
}

/** Where a phone is registered, as addresses. */
function sources(phone: Phone): string {
  return phone.contacts.map((contact) => contact.source).join(", ");
}

function usePhoneColumns(): Column<Phone>[] {
  const { t } = useTranslation("voice");
  const { nameOf } = useCentres();
  return [
    { key: "number", title: t("phones.number"), width: 100, render: (row) => <span className="figures">{row.number}</span> },
    { key: "name", title: t("phones.displayName"), render: (row) => <span title={row.display_name}>{row.display_name}</span> },
    { key: "state", title: t("state"), width: 145, render: (row) => <PhoneState phone={row} /> },
    { key: "where", title: t("phones.where"), width: 160, inDetails: true, render: (row) => <span className="figures" title={sources(row)}>{sources(row)}</span> },
    { key: "agent", title: t("phones.agent"), width: 130, inDetails: true, render: (row) => <span title={row.contacts[0]?.agent}>{row.contacts[0]?.agent}</span> },
    { key: "staff", title: t("phones.staff"), width: 110, inDetails: true, render: (row) => row.staff_number },
    { key: "centre", title: t("centre"), width: 190, inDetails: true, render: (row) => <span title={nameOf(row.centre_id)}>{nameOf(row.centre_id)}</span> },
  ];
}

/** What the columns of the sheet are called on this page. */
function useColumnName(): (key: string) => string {
  const { t } = useTranslation("voice");
  const names: Record<string, string> = {
    number: t("phones.number"), display_name: t("phones.displayName"), centre: t("centre"), centre_id: t("centre"), staff_number: t("phones.staff"), disabled: t("disabled"), note: t("note"),
  };
  return (key) => names[key] ?? key;
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
  const columnName = useColumnName();
  const [secret, setSecret] = useState<PhoneSecret | null>(null);
  const [imported, setImported] = useState<ImportedPasswords | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: phonesKey });
  useLiveTopic("phones.changed", refresh);
  const editor = can("voice.phone.edit");
  return (
    <>
      <EditableList<Phone, PhoneFilter, PhoneDetail>
        id="phones"
        header={(add) => (
          <PageHeader
            title={t("phones.title")}
            note={t("phones.note")}
            help="voice.phone"
            actions={
              <>
                <SavedViews page="voice.phone" value={filter} onApply={onFilter} />
                <ExcelMenu
                  exportPath="/api/phones/export"
                  importPath={editor ? "/api/phones/import" : undefined}
                  query={{ ...filter }}
                  columnName={columnName}
                  onImported={(report) => {
                    refresh();
                    setImported(passwordsOf(report));
                  }}
                />
                {add}
              </>
            }
          />
        )}
        words={{
          table: t("phones.title"), search: t("phones.search"), add: t("phones.add"), addKey: t("phones.addKey"),
          empty: t("phones.empty"), emptyHint: t("phones.emptyHint"),
        }}
        list={list}
        rows={rows}
        columns={columns}
        filter={filter}
        onFilter={onFilter}
        openId={openId}
        onOpen={onOpen}
        editor={editor}
        formTitle={(entry) => t("phones.editTitle", { number: entry.number })}
        form={({ onSaved, ...form }) => (
          <PhoneForm
            {...form}
            onSaved={(saved, shown) => {
              setSecret(shown ?? null);
              onSaved(saved);
            }}
          />
        )}
        pane={(id, onClose, onEdit) => <PhonePane key={id} id={id} onClose={onClose} onEdit={onEdit} onSecret={setSecret} />}
      />
      <SecretDialog
        secret={secret}
        onClose={() => {
          setSecret(null);
        }}
      />
      <PasswordsDialog
        imported={imported}
        onClose={() => {
          setImported(null);
        }}
      />
    </>
  );
}
