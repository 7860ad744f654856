import { getRouteApi } from "@tanstack/react-router";
import { PostsView } from "@/features/organization/posts-view";

const route = getRouteApi("/posts");

export function PostsPage() {
  const { open, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <PostsView
      filter={filter}
      onFilter={(next) => void navigate({ search: next })}
      openId={open ?? null}
      onOpen={(id) => void navigate({ search: { ...filter, open: id ?? undefined }, replace: true })}
    />
  );
}
