import { CaretDownOutlined, CaretUpOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Tooltip } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/lib/i18n/hooks";
import type { Column, ReportTable, Row } from "./api/reports";
import type { DrillDown } from "./drill-down";
import { figureText, wordsOf } from "./figure";
import styles from "./report.module.css";

interface Props {
  table: ReportTable;
  label: string;
  drillDown: DrillDown;
}

interface Order {
  key: string;
  falling: boolean;
}

/** What a column means: formula, what is in and out, version and source. */
function Formula({ column }: { column: Column }) {
  const { t } = useTranslation("report");
  const words = wordsOf(column, useLanguage());
  return (
    <span className={styles["formula"]}>
      <b>{words.name}</b>
      <span>{words.formula}</span>
      {words.note === "" ? null : <span>{words.note}</span>}
      <small>{t("formulaFrom", { version: column.version, source: column.source })}</small>
      {column.ruled ? <small>{t("ruled")}</small> : null}
    </span>
  );
}

function Head({ column, order, onOrder }: { column: Column; order: Order | null; onOrder: () => void }) {
  const language = useLanguage();
  const mine = order?.key === column.key ? order : null;
  return (
    <th scope="col" aria-sort={mine ? (mine.falling ? "descending" : "ascending") : undefined}>
      <Tooltip title={<Formula column={column} />} trigger={["hover", "focus"]}>
        <button type="button" className={styles["head"]} onClick={onOrder}>
          {wordsOf(column, language).name}
          {mine ? mine.falling ? <CaretDownOutlined aria-hidden /> : <CaretUpOutlined aria-hidden /> : null}
        </button>
      </Tooltip>
    </th>
  );
}

/** The figures, each column with its formula one hover away, sorted by a press on its head. */
export function FigureTable({ table, label, drillDown }: Props) {
  const { t } = useTranslation("report");
  const language = useLanguage();
  const [order, setOrder] = useState<Order | null>(null);
  const rows = useMemo(() => {
    const at = table.columns.findIndex((column) => column.key === order?.key);
    // A tree stays in its own order: a row stands under what contains it.
    if (order === null || at < 0 || table.rows.some((row) => row.depth > 0)) return table.rows;
    const value = (row: Row) => row.values[at] ?? Number.NEGATIVE_INFINITY;
    return [...table.rows].sort((a, b) => (order.falling ? value(b) - value(a) : value(a) - value(b)));
  }, [table, order]);

  const line = (row: Row, total: boolean) => (
    <tr key={row.key} className={total ? styles["total"] : undefined}>
      <th scope="row" style={{ paddingInlineStart: 12 + row.depth * 18 }}>
        {row.code !== "" && row.code !== row.name.zh ? <span className={styles["code"]}>{row.code}</span> : null}
        {wordsOf(row.name, language)}
      </th>
      {table.columns.map((column, at) => {
        const value = row.values[at] ?? null;
        const text = figureText(value, column.unit, language);
        const behind = value === null || value === 0 ? null : drillDown(row, column);
        return (
          <td key={column.key} className={value === 0 ? styles["nothing"] : undefined}>
            {behind === null ? text : <Link {...behind} title={t("drillDown")}>{text}</Link>}
          </td>
        );
      })}
    </tr>
  );
  return (
    <table className={styles["table"]} aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{wordsOf(table.head, language)}</th>
          {table.columns.map((column) => (
            <Head
              key={column.key}
              column={column}
              order={order}
              onOrder={() => {
                setOrder(order?.key !== column.key ? { key: column.key, falling: true } : order.falling ? { key: column.key, falling: false } : null);
              }}
            />
          ))}
        </tr>
      </thead>
      <tbody>{rows.map((row) => line(row, false))}</tbody>
      {table.total ? <tfoot>{line(table.total, true)}</tfoot> : null}
    </table>
  );
}
