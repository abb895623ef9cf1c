"""Documents of Word and slides of PowerPoint."""


def look(path, answer):
    (look_at_slides if answer.request["kind"] == "pptx" else look_at_document)(path, answer)


def look_at_document(path, answer):
    import docx
    document = docx.Document(path)
    lines, tables, headings = [], 0, 0
    names = {style.style_id: style.name or "" for style in document.styles}
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            tables += 1
            lines += table_lines(block)
            continue
        text = block.text.strip()
        if not text:
            continue
        style = names.get(block._p.style, "")
        if style.startswith("Heading ") and style[8:].isdigit():
            headings += 1
            text = "#" * int(style[8:]) + " " + text
        elif style == "Title":
            text = "# " + text
        elif style.startswith("List"):
            text = "- " + text
        lines.append(text)
    pictures = len(document.inline_shapes)
    answer.say(f"Word document: {len(lines)} lines of text, {headings} headings, {tables} tables, {pictures} pictures")
    answer.say_numbered(lines, "lines")


def table_lines(table):
    """Returns the rows of a table as lines. Cells that are merged are there once."""
    lines = []
    for row in table.rows:
        cells, seen = [], None
        for cell in row.cells:
            if cell._tc is not seen:
                cells.append(" ".join(cell.text.split())[:80])
            seen = cell._tc
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def look_at_slides(path, answer):
    from pptx import Presentation
    presentation = Presentation(path)
    slides = list(presentation.slides)
    count = f"{len(slides)} slide{'s' * (len(slides) != 1)}"
    answer.say(f"PowerPoint presentation, {count}")
    wanted = answer.range(len(slides))
    if not wanted:
        answer.fail(f"it has {count}, and none of those that lines names")
    full = not answer.wants_all
    for n in wanted:
        if not say_slide(n, slides[n - 1], answer, full):
            answer.text.append(f'[slides from {n} on are left out; pass lines: "{n}-{len(slides)}" for them]')
            return


def say_slide(n, slide, answer, full):
    """Says what is on a slide; all of it if full. Returns whether there was room."""
    title = slide.shapes.title
    heading = " ".join(title.text.split()) if title is not None and title.has_text_frame else ""
    if answer.room < 400 or not answer.say(f"slide {n}: {heading or '(no title)'}"):
        return False
    texts, others = [], {}
    for shape in slide.shapes:
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False) and shape.has_table:
            texts += table_lines_of_slide(shape.table)
        elif shape.has_text_frame and shape.text_frame.text.strip():
            texts += [f"{'  ' * p.level}- {p.text.strip()}" for p in shape.text_frame.paragraphs if p.text.strip()]
        elif not shape.has_text_frame:
            kind = "chart" if getattr(shape, "has_chart", False) and shape.has_chart else "picture or shape"
            others[kind] = others.get(kind, 0) + 1
    limit = len(texts) if full else 3
    for text in texts[:limit]:
        if not answer.say("  " + text, 1000 if full else 120):
            return False
    if len(texts) > limit:
        answer.say(f"  … {len(texts) - limit} more lines")
    if others:
        answer.say("  [" + ", ".join(f"{count} × {kind}" for kind, count in others.items()) + "]")
    if full and slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None and slide.notes_slide.notes_text_frame.text.strip():
        answer.say(f"  notes: {slide.notes_slide.notes_text_frame.text.strip()}", 1000)
    return True


def table_lines_of_slide(table):
    return ["| " + " | ".join(" ".join(cell.text.split())[:80] for cell in row.cells) + " |" for row in table.rows]
