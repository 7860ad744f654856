import { getRouteApi } from "@tanstack/react-router";
import { MessagesView } from "@/features/notify/messages-view";

const route = getRouteApi("/messages");

export function MessagesPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <MessagesView
      filter={filter}
      onFilter={({ channel, state }) => void navigate({ search: { channel, state } })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
