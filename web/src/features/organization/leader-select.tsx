import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/lib/api/client";
import { useSession } from "@/lib/session/use-session";

interface Props {
  id?: string;
  value?: string | null;
  onChange?: (value: string | null) => void;
  centre: string;
  /** Who leads now, shown before anything is looked for. */
  current?: { id: string; label: string };
}

/** Chooses who leads a team, by number or name, among the staff of the centre. */
export function LeaderSelect({ id, value, onChange, centre, current }: Props) {
  const { t } = useTranslation("organization");
  const { can } = useSession();
  const [find, setFind] = useState("");
  const { data, isFetching } = useQuery({
    queryKey: ["organization", "leaders", centre, find],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/staff", { params: { query: { centre, state: "active", q: find || undefined, limit: 20 } }, signal })),
    enabled: can("organization.staff.read"),
    placeholderData: (before) => before,
  });
  const options = (data?.items ?? []).map((person) => ({ value: person.id, label: `${person.number} ${person.name}` }));
  if (current && !options.some((option) => option.value === current.id)) options.unshift({ value: current.id, label: current.label });
  return (
    <Select
      id={id}
      value={value ?? undefined}
      onChange={(next: string | undefined) => onChange?.(next ?? null)}
      options={options}
      loading={isFetching}
      allowClear
      placeholder={t("team.noLeader")}
      popupMatchSelectWidth={false}
      showSearch={{ filterOption: false, onSearch: setFind }}
    />
  );
}
