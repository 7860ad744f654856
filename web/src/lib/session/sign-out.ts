import { useMutation } from "@tanstack/react-query";
import { requestJSON } from "../api/request";

/** Ends the session here. The page starts over, so that nothing of this person stays in it. */
export function useSignOut() {
  return useMutation({
    mutationFn: () => requestJSON<undefined>("/api/sign-out", { method: "POST" }),
    onSuccess: () => {
      window.location.assign("/sign-in");
    },
  });
}
