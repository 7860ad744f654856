import { Button, Tooltip } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Column } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/empty-state";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { FormDrawer } from "./form-drawer";
import { ListFrame, SearchField, type Pages } from "./list-frame";
import styles from "./routing.module.css";

/** What a list says of itself. */
interface Words {
  /** What the table holds, for those who hear the page. */
  table: string;
  search: string;
  add: string;
  addKey: string;
  empty: string;
  emptyHint: string;
}

/** A form that makes something new (no entry) or changes an entry. */
export interface EditorForm<Entry> {
  /** Of the form element, so that the button below it sends it. */
  id: string;
  entry: Entry | undefined;
  onBusy: (busy: boolean) => void;
  /** It is saved: the drawer closes and the details open. */
  onSaved: (id: string) => void;
}

interface Props<Row extends { id: string }, Filter extends { q?: string }, Entry> {
  /** Names the list in addresses, shortcuts and what is remembered: "phones". */
  id: string;
  /** The header of the page, with the button that adds among its actions. */
  header: (add: ReactNode) => ReactNode;
  words: Words;
  list: Pages;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  filter: Filter;
  onFilter: (filter: Filter) => void;
  openId: string | null;
  onOpen: (id: string | null) => void;
  /** Whether this person may add and change. */
  editor: boolean;
  /** Before the search field, and after it. */
  lead?: ReactNode;
  filters?: ReactNode;
  /** The title of the form of an entry; without an entry it is the one of adding. */
  formTitle: (entry: Entry) => string;
  /** The word on the button that sends the form; "Save" unless told otherwise. */
  submit?: string;
  form: (form: EditorForm<Entry>) => ReactNode;
  pane: (id: string, onClose: () => void, onEdit: (entry: Entry) => void) => ReactNode;
}

/** A list that is searched, added to and changed: header, filters, table with details beside it, and a drawer for the form. */
export function EditableList<Row extends { id: string }, Filter extends { q?: string }, Entry>(props: Props<Row, Filter, Entry>) {
  const { id, words, filter, onFilter, openId, onOpen, editor } = props;
  const { t } = useTranslation("routing");
  const [editing, setEditing] = useState<{ entry?: Entry } | null>(null);
  const add = () => {
    setEditing({});
  };
  useShortcut({ id: `${id}.new`, keys: "n", label: words.add, group: "page", enabled: editor, run: add });
  const addButton = editor ? (
    <Tooltip title={words.addKey}>
      <Button type="primary" onClick={add}>
        {words.add}
      </Button>
    </Tooltip>
  ) : null;
  const close = () => {
    setEditing(null);
  };
  return (
    <div className={styles["page"]}>
      {props.header(addButton)}
      <div className={styles["filters"]}>
        {props.lead}
        <SearchField
          page={id}
          label={words.search}
          value={filter.q}
          onSearch={(q) => {
            onFilter({ ...filter, q });
          }}
        />
        {props.filters}
      </div>
      <ListFrame
        id={id}
        label={words.table}
        columns={props.columns}
        rows={props.rows}
        rowKey={(row) => row.id}
        positionKey={`${id} ${JSON.stringify(filter)}`}
        pages={props.list}
        openId={openId}
        onOpen={onOpen}
        filtered={JSON.stringify(filter) !== "{}"}
        onClear={() => {
          // Each field of a filter may be missing: the list whole.
          onFilter({} as Filter);
        }}
        empty={
          <EmptyState title={words.empty} action={addButton}>
            {words.emptyHint}
          </EmptyState>
        }
        pane={
          openId === null
            ? null
            : props.pane(
                openId,
                () => {
                  onOpen(null);
                },
                (entry) => {
                  setEditing({ entry });
                },
              )
        }
      />
      <FormDrawer
        open={editing !== null}
        title={editing?.entry === undefined ? words.add : props.formTitle(editing.entry)}
        submit={props.submit ?? t("save")}
        onClose={close}
      >
        {(formId, onBusy) =>
          props.form({
            id: formId,
            entry: editing?.entry,
            onBusy,
            onSaved: (saved) => {
              close();
              onOpen(saved);
            },
          })
        }
      </FormDrawer>
    </div>
  );
}
