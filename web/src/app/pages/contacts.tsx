import { getRouteApi } from "@tanstack/react-router";
import { ContactsView } from "@/features/interaction/contacts-view";

const route = getRouteApi("/contacts");

export function ContactsPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <ContactsView
      filter={filter}
      onFilter={(next) => void navigate({ search: next })}
      onOpen={(id) => void navigate({ to: "/contacts/$id", params: { id } })}
    />
  );
}
