import { deflateRawSync, inflateRawSync } from "node:zlib";

interface Part {
  name: string;
  content: Buffer;
}

/** The parts of a workbook, which is a ZIP file (APPNOTE.TXT 6.3), by its central directory. */
function partsOf(file: Buffer): Part[] {
  const end = file.lastIndexOf(Buffer.from("PK\u0005\u0006"));
  let at = file.readUInt32LE(end + 16);
  return Array.from({ length: file.readUInt16LE(end + 10) }, () => {
    const [method, size, name, extra, comment, head] = [
      file.readUInt16LE(at + 10), file.readUInt32LE(at + 20), file.readUInt16LE(at + 28), file.readUInt16LE(at + 30), file.readUInt16LE(at + 32), file.readUInt32LE(at + 42),
    ];
    const from = head + 30 + file.readUInt16LE(head + 26) + file.readUInt16LE(head + 28);
    const packed = file.subarray(from, from + size);
    const part = { name: file.toString("utf8", at + 46, at + 46 + name), content: method === 0 ? packed : inflateRawSync(packed) };
    at += 46 + name + extra + comment;
    return part;
  });
}

/** The check sum of a part (ISO 3309). */
function crc32(content: Buffer): number {
  let crc = ~0;
  for (const byte of content) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function pack(parts: readonly Part[]): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const { name, content } of parts) {
    const packed = deflateRawSync(content);
    const title = Buffer.from(name);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(8, 4);
    head.writeUInt16LE(0x21, 8); // the first of January 1980
    head.writeUInt32LE(crc32(content), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(content.length, 18);
    head.writeUInt16LE(title.length, 22);
    const body = Buffer.concat([Buffer.from("PK\u0003\u0004"), head, title, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\u0001\u0002\u0014\u0000"), head, tail, title]));
    bodies.push(body);
    offset += body.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, list, end]);
}

/** All text of a workbook. */
export function cellsOf(file: Buffer): string {
  return partsOf(file)
    .filter(({ name }) => name.startsWith("xl/worksheets/") || name === "xl/sharedStrings.xml")
    .map(({ content }) => content.toString())
    .join("\n");
}

/** The workbook with another number in the cells that hold exactly the old one. */
export function withNumber(file: Buffer, old: string, fresh: string): Buffer {
  return pack(partsOf(file).map(({ name, content }) => ({ name, content: name.startsWith("xl/") ? Buffer.from(content.toString().replaceAll(`>${old}<`, `>${fresh}<`)) : content })));
}
