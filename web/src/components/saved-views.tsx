import { DeleteOutlined, DownOutlined, EditOutlined, SaveOutlined, StarFilled, StarOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { App, Button, Dropdown, type MenuProps } from "antd";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "@/lib/api/error";
import { errorText } from "@/lib/i18n/error-text";
import { warm } from "@/lib/warm";
import { useViewChanges, viewsQuery, type SavedView } from "./views/api";

const ViewDialog = warm(async () => (await import("./views/view-dialog")).ViewDialog);

interface Props<Value extends object> {
  /** The list, such as "organization.staff". */
  page: string;
  /** The filters (and what else makes the view) as they are now; values that are undefined do not count. */
  value: Value;
  onApply: (value: Value) => void;
}

/** The value as text that is equal for equal filters, whatever the order of their keys. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return "{}";
  const entries = Object.entries(value).filter(([, each]) => each !== undefined && each !== "");
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b))));
}

/** Named filters of a list: one's own and those that colleagues share. */
export function SavedViews<Value extends object>({ page, value, onApply }: Props<Value>) {
  const { t } = useTranslation("parts");
  const { message } = App.useApp();
  const [dialog, setDialog] = useState<{ view: SavedView | null } | null>(null);
  const views = useQuery(viewsQuery(page));
  const changes = useViewChanges(page);
  const list = views.data ?? [];
  const now = canonical(value);
  const current = list.find((view) => canonical(view.value) === now);

  const remove = (view: SavedView) => {
    changes.remove.mutate(view, {
      onSuccess: () => void message.success(t("views.removed", { name: view.name })),
      onError: (error) => {
        const problem = asApiError(error);
        void message.error(errorText(problem.code, problem.detail));
      },
    });
  };
  const entry = (view: SavedView) => ({
    key: view.id,
    icon: view.id === current?.id ? <StarFilled aria-hidden /> : <StarOutlined aria-hidden />,
    label: view.own ? view.name : t("views.sharedBy", { name: view.name, who: view.owner_name }),
  });
  const own = list.filter((view) => view.own);
  const others = list.filter((view) => !view.own);
  const items: MenuProps["items"] = [
    ...(own.length > 0 ? [{ type: "group" as const, key: "own", label: t("views.own"), children: own.map(entry) }] : []),
    ...(others.length > 0 ? [{ type: "group" as const, key: "others", label: t("views.others"), children: others.map(entry) }] : []),
    ...(list.length > 0 ? [{ type: "divider" as const }] : []),
    { key: "save", icon: <SaveOutlined aria-hidden />, label: t("views.save") },
    ...(current?.own
      ? [
          { key: "edit", icon: <EditOutlined aria-hidden />, label: t("views.edit", { name: current.name }) },
          { key: "remove", icon: <DeleteOutlined aria-hidden />, danger: true, label: t("views.remove", { name: current.name }) },
        ]
      : []),
  ];
  return (
    <>
      <Dropdown
        autoFocus
        trigger={["click"]}
        menu={{
          items,
          onClick: ({ key, domEvent }) => {
            // Else the Enter that chose would go on to press the first button of what opens.
            domEvent.preventDefault();
            if (key === "save") setDialog({ view: null });
            else if (key === "edit" && current) setDialog({ view: current });
            else if (key === "remove" && current) remove(current);
            else {
              const chosen = list.find((view) => view.id === key);
              // What another version of the page saved is read by the page's own address rules.
              if (chosen) onApply(chosen.value as Value);
            }
          },
        }}
      >
        <Button size="small" aria-label={t("views.label", { name: current?.name ?? t("views.none") })}>
          {current?.name ?? t("views.menu")}
          <DownOutlined aria-hidden />
        </Button>
      </Dropdown>
      <Suspense fallback={null}>
        {dialog === null ? null : (
          <ViewDialog
            page={page}
            view={dialog.view}
            value={value}
            onClose={() => {
              setDialog(null);
            }}
          />
        )}
      </Suspense>
    </>
  );
}
