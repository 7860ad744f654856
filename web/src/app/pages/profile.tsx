import { getRouteApi } from "@tanstack/react-router";
import { ProfileView } from "@/features/identity/profile/profile-view";

const route = getRouteApi("/profile");

export function ProfilePage() {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return <ProfileView tab={tab ?? "me"} onTab={(next) => void navigate({ search: { tab: next } })} />;
}
