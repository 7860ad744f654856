import { describe, expect, it } from "vitest";
import type { LadderMessage } from "./api/calls";
import { clockOf, toneOf, wordOf } from "./ladder";

function message(first_line: string, cseq: string): LadderMessage {
  return { at: "2026-11-21T04:05:06.007Z", out: true, transport: "udp", remote: "192.0.2.7:5060", first_line, cseq, bytes: 100, repeated: false };
}

describe("a ladder's arrows", () => {
  it("name a request by its method", () => {
    expect(wordOf(message("INVITE sip:138****5678@192.0.2.7 SIP/2.0", "1 INVITE"))).toBe("INVITE");
  });

  it("name an answer by its status, its reason and what it answers", () => {
    expect(wordOf(message("SIP/2.0 486 Busy Here", "1 INVITE"))).toBe("486 Busy Here (INVITE)");
    expect(wordOf(message("SIP/2.0 200", ""))).toBe("200 ");
  });

  it("show what cannot be read as it is", () => {
    expect(wordOf(message("", ""))).toBe("");
  });

  it("show what went wrong, and that a challenge is none of it", () => {
    const tones = ["SIP/2.0 486 Busy Here", "SIP/2.0 503 Full", "SIP/2.0 401 Unauthorized", "SIP/2.0 407 Proxy Authentication Required", "SIP/2.0 403 Forbidden"].map((line) =>
      toneOf(message(line, "1 INVITE")),
    );
    expect(tones).toEqual(["bad", "bad", "ours", "ours", "bad"]);
  });

  it("tell the time to the millisecond", () => {
    expect(clockOf("2026-11-21T04:05:06.007Z")).toMatch(/^\d\d:05:06\.007$/);
  });
});
