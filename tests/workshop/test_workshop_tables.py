"""Sheets: every row keeps its number and the names of its columns; values read as a person sees them."""

import datetime as dt
import io
import json
from typing import Any

import format_files as formats
import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.table import Table

from demeure.library.chunking import passages
from demeure.workshop import Part, ReadLimits, jobs
from demeure.workshop.answers import checked_part
from demeure.workshop.cell_formats import shown
from demeure.workshop.parts import Facts

USUAL = ReadLimits()


def read(made: bytes, name: str) -> tuple[list[Part], dict[str, int], dict[str, Any]]:
    """Parts as the asker gets them, flags, and the end of the answer."""
    frames = list(jobs.read(bytearray(made), name, "", USUAL, Facts()))
    end = frames[-1][1]
    return (
        [checked_part(json.loads(json.dumps(data)), USUAL) for kind, data in frames if kind == "item"],
        {flag["name"]: flag["count"] for flag in end["flags"]},
        end,
    )


def saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def lines(parts: list[Part]) -> dict[int, str]:
    """Row number → what is said of it."""
    return {row: line for part in parts for row, line in zip(part.rows, part.text.split("\n"), strict=True)}


def tariffs() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Tarifs"
    sheet.append(["Tarifs municipaux 2026"])
    sheet.append([])
    sheet.append(["Prestation", "Depuis le", "Tarif", "Hausse"])
    sheet.append(["Repas enfant", dt.date(2026, 4, 12), 3.2, 0.025])
    sheet.append(["Location de la salle", dt.date(2026, 1, 1), 1250, 0.1])
    for row in (4, 5):
        sheet.cell(row, 2).number_format = "DD/MM/YYYY"
        sheet.cell(row, 3).number_format = '#,##0.00 "€"'
        sheet.cell(row, 4).number_format = "0.0%"
    return book


def test_a_row_is_read_with_the_names_of_its_columns_and_as_it_shows() -> None:
    parts, flags, _ = read(saved(tariffs()), "tarifs.xlsx")
    said = lines(parts)
    assert said[5] == (
        "Location de la salle — Depuis le : 01/01/2026 ; Tarif : 1\u202f250,00\u00a0€ ; Hausse : 10,0\u00a0%"
    )
    assert said[4].startswith("Repas enfant — Depuis le : 12/04/2026 ; Tarif : 3,20\u00a0€ ; Hausse : 2,5\u00a0%")
    assert said[1] == "Tarifs municipaux 2026"
    assert said[3] == "Prestation | Depuis le | Tarif | Hausse"
    assert parts[-1].place == {"kind": "cells", "sheet": "Tarifs", "range": "A3:D5"}
    assert parts[-1].headings == ("Tarifs", "Tarifs municipaux 2026")
    assert flags == {}


def test_the_place_of_a_passage_names_its_rows_and_repeats_the_header() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Agents"
    book.active.append(["Nom", "Service", "Poste", "Bureau"])
    for number in range(2, 202):
        book.active.append([f"Agent {number}", "Voirie et espaces verts", f"Poste {number * 7}", number + 1000])
    parts, _, _ = read(saved(book), "agents.xlsx")
    found = list(passages(parts, title="agents"))
    wanted = [p for p in found if "Agent 150 —" in p.text]
    assert len(wanted) == 1
    first, last = (int(corner[1:]) for corner in wanted[0].place["range"].split(":"))
    assert first <= 150 <= last <= first + 7
    assert wanted[0].text.split("\n")[150 - first] == (
        "Agent 150 — Service : Voirie et espaces verts ; Poste : Poste 1050 ; Bureau : 1150"
    )
    assert wanted[0].context.split("\n") == ["agents › Agents", "Nom | Service | Poste | Bureau"]
    covered = sorted(
        row
        for p in found
        for row in range(*(int(corner[1:]) + at for at, corner in enumerate(p.place["range"].split(":"))))
    )
    assert covered == list(range(1, 202))


def test_hidden_sheets_rows_and_columns_are_read_and_flagged() -> None:
    book = tariffs()
    book["Tarifs"].row_dimensions[5].hidden = True
    book["Tarifs"].column_dimensions["C"].hidden = True
    secret = book.create_sheet("Marges")
    secret.append(["Article", "Marge"])
    secret.append(["Porte", 412])
    secret.sheet_state = "hidden"
    parts, flags, _ = read(saved(book), "tarifs.xlsx")
    assert flags == {"hidden-sheets": 1, "hidden-rows": 1, "hidden-columns": 1}
    hidden = [part for part in parts if part.place.get("hidden")]
    assert [part.place["range"] for part in hidden] == ["A5:D5", "A1:B2"]
    assert "Location de la salle" in hidden[0].text and "Porte — Marge : 412" in hidden[1].text


def test_merged_cells_speak_for_their_rows_and_columns() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Cantine"
    for row in (
        ["Commune", "2025", None, "2026", None],
        [None, "Enfant", "Adulte", "Enfant", "Adulte"],
        ["Montfaucel", 3.1, 5.2, 3.2, 5.4],
        [None, 4.1, 6.2, 4.2, 6.4],
        ["Val-Morne", 5.1, 7.2, 5.2, 7.4],
    ):
        sheet.append(row)
    for merged in ("A1:A2", "B1:C1", "D1:E1", "A3:A4"):
        sheet.merge_cells(merged)
    said = lines(read(saved(book), "a.xlsx")[0])
    assert said[3] == "Montfaucel — 2025 Enfant : 3,1 ; 2025 Adulte : 5,2 ; 2026 Enfant : 3,2 ; 2026 Adulte : 5,4"
    assert said[4] == "Montfaucel — 2025 Enfant : 4,1 ; 2025 Adulte : 6,2 ; 2026 Enfant : 4,2 ; 2026 Adulte : 6,4"
    assert said[5].startswith("Val-Morne — ")


def test_several_tables_on_one_sheet_keep_their_own_headers() -> None:
    body = [
        ("Salle", "Prix", None, "Matériel", "Nombre"),
        ("Foyer", 120, None, "Bancs", 118),
        ("Gymnase", 300, None, "Tables", 64),
        (),
        ("Agent", "Téléphone", "Bureau"),
        ("Tiphaine", 412, 3),
        (),
        ("Hamid", 413, 4),
    ]
    parts, _, _ = read(formats.xlsx({"Divers": formats.rows(*body)}), "a.xlsx")
    texts = [line for part in parts for line in part.text.split("\n")]
    assert "Foyer : 120" in texts or "Foyer — Prix : 120" in texts
    assert "Bancs — Nombre : 118" in texts
    assert "Tiphaine — Téléphone : 412 ; Bureau : 3" in texts
    assert "Hamid — Téléphone : 413 ; Bureau : 4" in texts, "the block goes on under the header above"
    assert {part.place["range"] for part in parts} >= {"A1:B3", "D1:E3"}


def test_a_title_with_its_date_may_stand_over_the_names() -> None:
    body = [
        ("Inventaire", None, None, "au 12/04/2026"),
        ("Code", "Désignation", "Quantité", "Lieu"),
        ("F01", "Tables", 64, "Foyer"),
        ("F02", "Bancs", 118, "Foyer"),
    ]
    said = lines(read(formats.xlsx({"A": formats.rows(*body)}), "a.xlsx")[0])
    assert said[1] == "Inventaire | au 12/04/2026"
    assert said[4] == "F02 — Désignation : Bancs ; Quantité : 118 ; Lieu : Foyer"


def test_rows_of_words_among_figures_are_not_taken_for_names() -> None:
    body = [("Paul", "Mairie", 12), ("Jeanne", "École", "absente"), ("Maud", "Foyer", 14), ("Luc", "Gare", 15)]
    parts, _, _ = read(formats.xlsx({"A": formats.rows(*body)}), "a.xlsx")
    assert parts[0].header == ""
    assert lines(parts)[3] == "Maud | Foyer | 14"


def test_bold_lines_inside_a_table_head_what_follows() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Inventaire"
    for row in (["Désignation", "Quantité"], ["Fêtes"], ["Bancs", 118], ["Voirie"], ["Cônes", 40]):
        sheet.append(row)
    for cell in ("A1", "B1", "A2", "A4"):
        sheet[cell].font = Font(bold=True)
    parts, _, _ = read(saved(book), "a.xlsx")
    by_row = {row: part.headings for part in parts for row in part.rows}
    assert by_row[3] == ("Inventaire", "Fêtes")
    assert by_row[5] == ("Inventaire", "Voirie")


@pytest.mark.parametrize("told", ["filter", "frozen", "table", "nothing"])
def test_a_filter_a_frozen_row_or_a_table_names_its_columns(told: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Planning"
    sheet.append([dt.date(2026, 4, 12), dt.date(2026, 4, 13)] if told != "table" else ["Lundi", "Mardi"])
    sheet.append(["Maud", "Hamid"])
    sheet.append(["Paul", "Jeanne"])
    for cell in ("A1", "B1"):
        sheet[cell].number_format = "DD/MM/YYYY"
    if told == "filter":
        sheet.auto_filter.ref = "A1:B3"
    elif told == "frozen":
        sheet.freeze_panes = "A2"
    elif told == "table":
        sheet.add_table(Table(displayName="T", ref="A1:B3"))
    parts, _, _ = read(saved(book), "a.xlsx")
    names = {"table": "Lundi | Mardi", "nothing": ""}.get(told, "12/04/2026 | 13/04/2026")
    assert parts[0].header == names
    assert lines(parts)[3] == ("Paul : Jeanne" if told == "nothing" else f"Paul — {names.split(' | ')[1]} : Jeanne")


def test_formulas_give_their_saved_value_or_are_flagged() -> None:
    cells = (
        '<c r="A1"><f>SUM(B1:B9)</f><v>42.5</v></c><c r="B1"><f>NOW()</f></c>'
        '<c r="C1" t="str"><f>x</f><v>Total</v></c>'
    )
    parts, flags, _ = read(formats.xlsx([f'<sheetData><row r="1">{cells}</row></sheetData>']), "a.xlsx")
    assert parts[0].text == "42,5 | Total"
    assert flags == {"formulas-without-value": 1}


def test_comments_are_read_with_their_cell() -> None:
    book = tariffs()
    book["Tarifs"]["C4"].comment = Comment("À revoir en juin", "Jeanne")
    book["Tarifs"]["F9"].comment = Comment("Note isolée", "Paul")
    parts, flags, _ = read(saved(book), "a.xlsx")
    said = lines(parts)
    assert "Tarif : 3,20\u00a0€ (commentaire de Jeanne : À revoir en juin)" in said[4]
    assert "commentaire de Paul : Note isolée" in said[9]
    assert flags == {"comments": 2}


def test_empty_rows_and_gaps_keep_true_numbers() -> None:
    rows = (
        '<row r="7"><c r="C7" t="inlineStr"><is><t>Sept</t></is></c></row>'
        '<row r="900000"><c r="B900000"><v>9</v></c></row>'
    )
    parts, _, _ = read(formats.xlsx([f"<sheetData>{rows}</sheetData>"]), "a.xlsx")
    assert [part.place["range"] for part in parts] == ["C7", "B900000"]


def test_macros_and_links_outside_are_told() -> None:
    made = formats.xlsx(
        {"A": formats.rows(("a", 1))},
        parts={
            "xl/vbaProject.bin": "x",
            "xl/worksheets/_rels/sheet1.xml.rels": f'<Relationships xmlns="{formats.files.RELS}">'
            '<Relationship Id="x" Type="a/externalLink" TargetMode="External" Target="http://192.0.2.1/"/>'
            "</Relationships>",
        },
    )
    assert read(made, "a.xlsm")[1] == {"macros": 1, "external-links": 1}


ODS = """
<table:table table:name="Planning" table:style-name="ta1">
 <table:table-column table:number-columns-repeated="3"/>
 <table:table-row><table:table-cell><text:p>Chantier</text:p></table:table-cell>
  <table:table-cell><text:p>Début</text:p></table:table-cell>
  <table:table-cell><text:p>Heures</text:p></table:table-cell></table:table-row>
 <table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>École</text:p></table:table-cell>
  <table:table-cell office:value-type="date" office:date-value="2026-04-12">
   <text:p>12/04/2026</text:p></table:table-cell>
  <table:table-cell office:value-type="float" office:value="55"><office:annotation><dc:creator>Maud</dc:creator>
   <text:p>à confirmer</text:p></office:annotation><text:p>55</text:p></table:table-cell></table:table-row>
 <table:table-row table:visibility="collapse"><table:covered-table-cell/>
  <table:table-cell office:value-type="date" office:date-value="2026-05-02"/>
  <table:table-cell office:value-type="float" office:value="12.5"/></table:table-row>
 <table:table-row table:number-rows-repeated="1048000">
  <table:table-cell table:number-columns-repeated="16384"/></table:table-row>
 <table:table-row><table:table-cell><text:p>Fin</text:p></table:table-cell></table:table-row>
</table:table>
<table:table table:name="Marges" table:style-name="ta2"><table:table-row>
 <table:table-cell table:formula="of:=SUM([.A1])"/>
 <table:table-cell office:value-type="currency" office:currency="EUR" office:value="1250"/>
 <table:table-cell office:value-type="boolean" office:boolean-value="true"/>
</table:table-row></table:table>
"""
HIDDEN = (
    '<style:style style:name="ta2" style:family="table">'
    '<style:table-properties table:display="false"/></style:style>'
)


def test_ods_values_merges_comments_and_hidden_parts() -> None:
    parts, flags, _ = read(formats.ods(ODS, automatic=HIDDEN), "planning.ods")
    said = lines([part for part in parts if part.place["sheet"] == "Planning"])
    assert said[2] == "École — Début : 12/04/2026 ; Heures : 55 (commentaire de Maud : à confirmer)"
    assert said[3] == "École — Début : 02/05/2026 ; Heures : 12,5"
    assert said[1_048_004] == "Fin"
    other = parts[-1]
    assert other.place == {"kind": "cells", "sheet": "Marges", "range": "B1:C1", "hidden": True}
    assert other.text == "1\u202f250,00\u00a0€ : VRAI"
    assert flags == {"comments": 1, "hidden-rows": 1, "hidden-sheets": 1, "formulas-without-value": 1}


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_delimiters_and_encodings(delimiter: str, encoding: str) -> None:
    rows = [
        ["Désignation", "Quantité", "Lieu"],
        ["Bancs, pliants; neufs", "118", "Salle des fêtes"],
        ["Tables", "64", ""],
    ]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    parts, _, _ = read(text.encode(encoding), "inventaire.csv")
    assert lines(parts) == {
        1: "Désignation | Quantité | Lieu",
        2: "Bancs, pliants; neufs — Quantité : 118 ; Lieu : Salle des fêtes",
        3: "Tables — Quantité : 64",
    }
    assert parts[0].place == {"kind": "cells", "range": "A1:C3"}


def test_csv_without_a_header_and_with_line_ends_inside() -> None:
    parts, _, _ = read(b'12;34;56\n"deux\nlignes";7;8\n\n9;10;11\n', "a.csv")
    assert lines(parts) == {1: "12 | 34 | 56", 2: "deux lignes | 7 | 8", 4: "9 | 10 | 11"}
    assert all(part.header == "" for part in parts)


@pytest.mark.parametrize(
    ("value", "code", "wanted"),
    [
        (1250, "#,##0.00", "1\u202f250,00"),
        (-1250.5, '#,##0.00 "€";[Red]-#,##0.00 "€"', "-1\u202f250,50\u00a0€"),
        (-3, "#,##0;(#,##0)", "(3)"),
        (0, '#,##0;-#,##0;"-"', "-"),
        (412, ";;;", ""),
        (0, "0;-0;;@", ""),
        (-412, "0;", ""),
        (412, "0;;", "412"),
        (5, "@", "5"),
        (0.196, "0.0%", "19,6\u00a0%"),
        (7, "000", "007"),
        (1234567, "#,##0,", "1\u202f235"),
        (12, "[$€-40C] #,##0.00", "€\u00a012,00"),
        (44, "#,##0.00\\ [$€-1]", "44,00\u00a0€"),
        (0.5, "# ?/?", "0,5"),
        (46124, "dd/mm/yyyy", "12/04/2026"),
        (46124, "[$-40C]d mmmm yyyy;@", "12 avril 2026"),
        (46124.604166667, "dd/mm/yy hh:mm", "12/04/26 14:30"),
        (1.5, "[h]:mm", "36:00"),
        (0.75, "h:mm AM/PM", "6:00 PM"),
        (-5, "dd/mm/yyyy", "-5"),
        (1e300, "dd/mm/yyyy", "1e+300"),
        (59, "dd/mm/yyyy", "28/02/1900"),
        (12.5, "", "12,5"),
        (0.1 + 0.2, "General", "0,3"),
        (1e-9, "General", "1e-09"),
        (3, '"lot n° "0', "lot\u00a0n°\u00a03"),
        (1234.5, "0.00E+00", "1,23E+03"),
    ],
)
def test_numbers_are_shown_as_a_french_reader_sees_them(value: float, code: str, wanted: str) -> None:
    assert shown(value, code) == wanted


def test_years_since_1904() -> None:
    assert shown(0, "dd/mm/yyyy", since_1904=True) == "01/01/1904"
