// Package sheet writes lists as Excel workbooks (.xlsx, ECMA-376) and reads them back.
//
// # Words
//
// A [Table] is a list as people know it: columns with a name in Chinese, one in English, and a key. [Table.Write]
// streams rows into a workbook, whatever their number, in bounded memory (rows beyond some megabytes go through a
// temporary file). [Table.Template] is the empty workbook with a second sheet of explanations. [Table.Read] takes
// what people made of either. A [Report] says line by line what an import does or would do.
//
// # What people do to workbooks, and what is made of it
//
//   - The header may be in either language or in keys, in any order, with the mark * of required columns. Unknown,
//     missing and double columns are all named at once.
//   - Blanks around a value are dropped, of every kind that Unicode knows. A value of nothing but letters, digits,
//     hyphens and underscores is brought from full width (１３８) to half width; free text is kept as typed.
//   - Empty rows are skipped; lines keep the number that the program at the desk shows.
//   - Date cells are numbers in the file: columns of [Date] take those and the usual written forms.
//
// # What must not happen
//
// Text that looks like a formula (=, +, -, @ and their full-width forms) is written as text into cells of the format
// text, so that no program computes it, not even after somebody has edited the cell. A formula in a file that is read
// counts as the value that was last computed.
//
// Reading is bounded: bytes packed and unpacked, parts, rows, columns, characters of a cell. A file that unpacks to
// more than it says, a workbook with a password and anything that is no workbook are refused with a fault.
// Characters that XML cannot carry (most control characters) are written as U+FFFD.
package sheet
