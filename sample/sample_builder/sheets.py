"""Spreadsheet output (XLSX, ODS): each ``#`` heading opens a sheet."""

from __future__ import annotations

import datetime as dt
import re
from io import BytesIO
from typing import Any

from odf import style, table, text
from odf.opendocument import OpenDocumentSpreadsheet
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from .archive import repack
from .markup import parse
from .odt_file import add_metadata
from .source import Source

Value = str | float | int | dt.date


def _value(cell: str) -> Value:
    """A cell's text as the date or the number it stands for, else as text."""
    plain = cell.replace("\u00a0", "").replace(",", ".")
    date = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", cell)
    if date:
        return dt.date(int(date[3]), int(date[2]), int(date[1]))
    if re.fullmatch(r"-?\d{1,7}", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"-?\d+\.\d+", plain) else cell


def _sheets(source: Source) -> list[tuple[str, list[list[Value]]]]:
    """The sheets of a source: name and rows, the first row being the header."""
    found: list[tuple[str, list[list[Value]]]] = []
    for block in parse(source.body):
        if block.kind == "heading":
            found.append((block.text, []))
        elif block.kind == "table":
            found[-1][1].extend([_value(cell) for cell in row] for row in block.rows)
    return found


def build_xlsx(source: Source) -> bytes:
    """Build an Excel workbook: bold header, frozen, columns wide enough to read."""
    book = Workbook()
    book.remove(book.active)
    book.properties.title, book.properties.creator = source.title, source.author
    book.properties.created = source.moment.replace(tzinfo=None)
    for name, rows in _sheets(source):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cell in sheet[1]:
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EEF2F7")
        for number, column in enumerate(zip(*rows, strict=True), start=1):
            width = max(len(str(value)) for value in column) + 2
            sheet.column_dimensions[get_column_letter(number)].width = min(width, 48)
        for line in sheet.iter_rows(min_row=2):
            for cell in line:
                if isinstance(cell.value, dt.date):
                    cell.number_format = "DD/MM/YYYY"
        sheet.freeze_panes = "A2"
    target = BytesIO()
    book.save(target)
    return repack(target.getvalue(), source.moment)


def _ods_cell(value: Value, name: str) -> Any:
    """A typed cell with the text a French reader sees."""
    if isinstance(value, dt.date):
        shown = value.strftime("%d/%m/%Y")
        cell = table.TableCell(valuetype="date", datevalue=value.isoformat(), stylename=name)
    elif isinstance(value, int | float):
        shown = str(value).replace(".", ",")
        cell = table.TableCell(valuetype="float", value=str(value), stylename=name)
    else:
        shown = value
        cell = table.TableCell(valuetype="string", stylename=name)
    cell.addElement(text.P(text=shown))
    return cell


def build_ods(source: Source) -> bytes:
    """Build an OpenDocument spreadsheet with the same rules as the Excel one."""
    document = OpenDocumentSpreadsheet()
    add_metadata(document, source)
    for name, weight in (("Entete", "bold"), ("Ligne", "normal")):
        made = style.Style(name=name, family="table-cell")
        made.addElement(style.TextProperties(fontweight=weight))
        document.automaticstyles.addElement(made)
    column = style.Style(name="Colonne", family="table-column")
    column.addElement(style.TableColumnProperties(columnwidth="4.2cm"))
    document.automaticstyles.addElement(column)
    for name, rows in _sheets(source):
        sheet = table.Table(name=name)
        sheet.addElement(table.TableColumn(stylename="Colonne", numbercolumnsrepeated=len(rows[0])))
        for number, row in enumerate(rows):
            line = table.TableRow()
            for value in row:
                line.addElement(_ods_cell(value, "Ligne" if number else "Entete"))
            sheet.addElement(line)
        document.spreadsheet.addElement(sheet)
    target = BytesIO()
    document.write(target)
    return repack(target.getvalue(), source.moment)
