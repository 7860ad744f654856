import { useMutation, useQueryClient } from "@tanstack/react-query";
import { requestJSON } from "@/lib/api/request";
import { signInOptionsQuery } from "./sign-in";

export interface FirstPerson {
  number: string;
  name: string;
  password: string;
}

export interface SetUp {
  code: string;
  centre_code: string;
  centre_name: string;
  administrator: FirstPerson;
  /** Another person: one requests, the other approves. */
  approver: FirstPerson;
}

/** Makes the first centre and the first two people of an empty installation. */
export function useSetUp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SetUp) => requestJSON<undefined>("/api/setup", { method: "POST", body }),
    onSuccess: () => client.invalidateQueries({ queryKey: signInOptionsQuery.queryKey }),
  });
}
