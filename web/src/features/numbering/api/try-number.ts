import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

type TryOperation = paths["/api/called-numbers/try"]["post"];
export type TryBody = Omit<TryOperation["requestBody"]["content"]["application/json"], "$schema">;
export type TryAnswer = TryOperation["responses"][200]["content"]["application/json"];

/** Asks who answers a number and where a caller is at home. It changes nothing; numbers stay out of addresses. */
export function useTryNumber() {
  return useMutation({ mutationFn: (body: TryBody) => unwrap(api.POST("/api/called-numbers/try", { body })) });
}
