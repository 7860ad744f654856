import { expect, it } from "vitest";
import { asApiError, toApiError } from "./error";

it("reads a problem with the fields at fault", () => {
  const error = toApiError(422, {
    title: "Unprocessable Entity",
    status: 422,
    detail: "The recipient is wrong.",
    code: "notify.bad_recipient",
    errors: [{ location: "body.recipient", message: "not a number", code: "notify.bad_recipient" }, null],
  });
  expect(error.code).toBe("notify.bad_recipient");
  expect(error.detail).toBe("The recipient is wrong.");
  expect(error.fields).toEqual([{ path: "recipient", message: "not a number", code: "notify.bad_recipient" }]);
});

it.each([
  [502, "<html>bad gateway</html>", "client.unreachable"],
  [500, "<html>oops</html>", "client.unreadable"],
  [500, undefined, "client.unreadable"],
  [404, { title: "Not Found" }, "http.404"],
])("makes of %s with %s the code %s", (status, body, code) => {
  expect(toApiError(status, body).code).toBe(code);
});

it("wraps whatever else was thrown", () => {
  expect(asApiError(new RangeError("boom"))).toMatchObject({ code: "client.defect", detail: "boom" });
});
