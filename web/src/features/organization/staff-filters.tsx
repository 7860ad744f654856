import { Input, Select } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { Chips } from "@/components/chips";
import { useSession } from "@/lib/session/use-session";
import { POST_CLASSES } from "./api/posts";
import { skillsQuery } from "./api/skills";
import type { StaffFilter } from "./api/staff";
import styles from "./people.module.css";

interface Props {
  filter: StaffFilter;
  onFilter: (filter: StaffFilter) => void;
  /** The matrix of skills leaves the states out. */
  states?: boolean;
}

const STATES = ["active", "suspended", "left"] as const;
/** A search begins when typing rests that long. */
const REST_MS = 250;

/** What the list of staff is narrowed to: text, centre, skill, class of post, state. */
export function StaffFilters({ filter, onFilter, states = true }: Props) {
  const { t } = useTranslation(["staff", "common"]);
  const { can } = useSession();
  const { data: skills } = useQuery({ ...skillsQuery, enabled: can("organization.skill.read") });
  return (
    <>
      <SearchBox value={filter.q ?? ""} onSearch={(q) => { onFilter({ ...filter, q: q || undefined }); }} />
      <div className={styles["pick"]}>
        <CentrePicker
          label={t("staff:centre")}
          value={filter.centre ?? null}
          onChange={(centre) => {
            onFilter({ ...filter, centre: centre ?? undefined, team: undefined });
          }}
          allowClear
          closed
          placeholder={t("staff:allCentres")}
        />
      </div>
      {can("organization.skill.read") ? (
        <Select
          aria-label={t("staff:skill")}
          className={styles["pick"]}
          value={filter.skill}
          onChange={(skill: string | undefined) => {
            onFilter({ ...filter, skill });
          }}
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          placeholder={t("staff:anySkill")}
          options={(skills ?? []).map(({ id, name, code }) => ({ value: id, label: `${name} ${code}` }))}
        />
      ) : null}
      <Chips
        label={t("staff:postClass")}
        value={filter.class ?? "all"}
        chips={[{ value: "all", label: t("common:all") }, ...POST_CLASSES.map((value) => ({ value, label: t(`staff:classes.${value}`) }))]}
        onChange={(value) => {
          onFilter({ ...filter, class: value === "all" ? undefined : value });
        }}
      />
      {states ? (
        <Chips
          label={t("staff:state")}
          value={filter.state ?? "all"}
          chips={[{ value: "all", label: t("common:all") }, ...STATES.map((value) => ({ value, label: t(`staff:states.${value}`) }))]}
          onChange={(value) => {
            onFilter({ ...filter, state: value === "all" ? undefined : value });
          }}
        />
      ) : null}
    </>
  );
}

function SearchBox({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const { t } = useTranslation("staff");
  const [text, setText] = useState(value);
  const [sent, setSent] = useState(value);
  if (value !== sent) {
    // The filter was set elsewhere: a saved view, the way back.
    setSent(value);
    setText(value);
  }
  const search = (typed: string) => {
    if (typed === sent) return;
    setSent(typed);
    onSearch(typed);
  };
  const onRest = useEffectEvent(search);
  useEffect(() => {
    const rest = window.setTimeout(() => {
      onRest(text.trim());
    }, REST_MS);
    return () => {
      window.clearTimeout(rest);
    };
  }, [text]);
  return (
    <Input.Search
      className={styles["search"]}
      aria-label={t("search")}
      placeholder={t("searchHint")}
      maxLength={100}
      allowClear
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      onSearch={(typed) => {
        search(typed.trim());
      }}
    />
  );
}
