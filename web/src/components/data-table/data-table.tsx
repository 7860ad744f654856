import { useEffect, useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { ColumnGrip } from "./column-grip";
import styles from "./data-table.module.css";
import { TickBox } from "./tick-box";
import { useColumnWidths } from "./use-column-widths";
import { ROW_HEIGHT, useRowWindow } from "./use-row-window";
import { useTicks } from "./use-ticks";

export interface Column<Row> {
  key: string;
  title: string;
  /** Pixels; the one column without a width takes what is left. */
  width?: number;
  align?: "end";
  /** Left out while the details stand beside the list: they tell it. */
  inDetails?: boolean;
  render: (row: Row) => ReactNode;
}

interface Props<Row> {
  /** Remembers column widths. */
  id: string;
  /** Remembers the scroll position: the filters that this list stands for. */
  positionKey: string;
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  openKey: string | null;
  onOpen: (key: string) => void;
  /** Called when the end of what is loaded comes near. */
  onNearEnd?: () => void;
  footer?: ReactNode;
  /** The ticked rows; with it every row gets a box, and x ticks the row under the cursor. */
  ticked?: ReadonlySet<string>;
  onTick?: (keys: ReadonlySet<string>) => void;
}

const NEAR_END_ROWS = 20;
const TICK_WIDTH = 44;

/**
 * A dense list: 32 px rows, sticky header, only the rows in sight are drawn. One row carries the cursor
 * (j, k or arrows); Enter opens it in the pane beside, and while the pane is open it follows the cursor.
 */
export function DataTable<Row>(props: Props<Row>) {
  const { id, label, rows, rowKey, openKey, onOpen, onNearEnd, footer } = props;
  const { t } = useTranslation("common");
  const prefix = useId();
  const columns = openKey === null ? props.columns : props.columns.filter((column) => !column.inDetails);
  const { widths, resize, reset } = useColumnWidths(id);
  const { ref, first, last, onScroll, reveal } = useRowWindow(rows.length, props.positionKey);
  const [cursorKey, setCursorKey] = useState<string | null>(openKey);
  const current = openKey ?? cursorKey;
  const cursor = rows.findIndex((row) => rowKey(row) === current);

  const nearEnd = last >= rows.length - NEAR_END_ROWS;
  useEffect(() => {
    if (nearEnd) onNearEnd?.();
  }, [nearEnd, rows.length, onNearEnd]);

  const moveTo = (index: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (!row) return;
    setCursorKey(rowKey(row));
    reveal(rows.indexOf(row));
    if (openKey !== null) onOpen(rowKey(row));
  };
  const open = (row: Row | undefined) => {
    if (!row) return;
    setCursorKey(rowKey(row));
    onOpen(rowKey(row));
  };

  const group = "list";
  useShortcut({ id: `${id}.next`, keys: "j,ArrowDown", label: t("nextRow"), group, run: () => { moveTo(cursor + 1); } });
  useShortcut({ id: `${id}.previous`, keys: "k,ArrowUp", label: t("previousRow"), group, run: () => { moveTo(cursor - 1); } });
  useShortcut({ id: `${id}.open`, keys: "Enter", label: t("openRow"), group, run: () => { open(rows[cursor]); } });

  const ticks = useTicks(rows, rowKey, props.ticked, props.onTick);
  useShortcut({
    id: `${id}.tick`,
    keys: "x",
    label: t("tickRow"),
    group,
    enabled: ticks !== null,
    run: () => { ticks?.toggle(cursor, false); },
  });

  const drawn = rows.slice(first, last);
  const rowId = (index: number) => `${prefix}-${index}`;
  const fixed = columns.reduce((sum, column) => sum + (widths[column.key] ?? column.width ?? 160), 0);

  return (
    <div ref={ref} className={styles["scroller"]} onScroll={onScroll}>
      <table
        role="grid"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-activedescendant={cursor >= first && cursor < last ? rowId(cursor) : undefined}
        tabIndex={0}
        className={styles["table"]}
        style={{ minWidth: fixed }}
      >
        <colgroup>
          {ticks ? <col style={{ width: TICK_WIDTH }} /> : null}
          {columns.map((column) => (
            <col key={column.key} style={{ width: widths[column.key] ?? column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {ticks ? (
              <th scope="col" className={styles["tick"]}>
                <TickBox
                  label={t("tickAll")}
                  checked={ticks.all}
                  partly={ticks.some}
                  onToggle={() => {
                    ticks.toggleAll();
                  }}
                />
              </th>
            ) : null}
            {columns.map((column) => (
              <th key={column.key} scope="col" className={column.align === "end" ? styles["end"] : undefined}>
                {column.title}
                <ColumnGrip
                  onResize={(width) => {
                    resize(column.key, width);
                  }}
                  onReset={() => {
                    reset(column.key);
                  }}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer rows={first} columns={columns.length + (ticks ? 1 : 0)} />
          {drawn.map((row, offset) => {
            const index = first + offset;
            const key = rowKey(row);
            return (
              <tr
                key={key}
                id={rowId(index)}
                aria-rowindex={index + 2}
                aria-selected={key === openKey}
                data-cursor={index === cursor || undefined}
                onClick={() => {
                  open(row);
                }}
              >
                {ticks ? (
                  <td className={styles["tick"]}>
                    <TickBox
                      label={t("tickRow")}
                      checked={ticks.has(key)}
                      onToggle={(range) => {
                        ticks.toggle(index, range);
                      }}
                    />
                  </td>
                ) : null}
                {columns.map((column) => (
                  <td key={column.key} className={column.align === "end" ? styles["end"] : undefined}>
                    {column.render(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer rows={rows.length - last} columns={columns.length + (ticks ? 1 : 0)} />
        </tbody>
      </table>
      {footer ? <div className={styles["footer"]}>{footer}</div> : null}
    </div>
  );
}

function Spacer({ rows, columns }: { rows: number; columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden style={{ height: rows * ROW_HEIGHT }}>
      <td colSpan={columns} />
    </tr>
  );
}
