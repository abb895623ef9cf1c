"""Pages of PDF."""

MAX_DRAWN = 8
TEXT_PAGES = 30


def look(path, answer):
    try:
        import pypdfium2
    except ImportError:
        return look_at_text(path, answer)
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as e:
        if "password" in str(e).lower():
            raise ValueError("it is protected by a password") from None
        raise
    count = len(document)
    answer.say(f"PDF, {count} page{'s' if count != 1 else ''}{title(document.get_metadata_dict().get('Title'))}")
    wanted = answer.range(count, 1)
    if not wanted:
        answer.fail(f"it has {count} pages, and none of those that lines names")
        return
    for n in wanted:
        if n - wanted.start == MAX_DRAWN or not answer.add_picture(draw(document[n - 1], answer.request), f"page {n} of {count}", min(len(wanted), MAX_DRAWN)):
            answer.say(f'[pages from {n} on are left out; pass lines: "{n}-{min(n + MAX_DRAWN, count + 1) - 1}" for them]')
            break
    if answer.wants_all:
        if count > 1:
            answer.say(f'[page 1 is shown; pass lines: "2-{min(count, 5)}" for pages as pictures. Text:]')
        say_text((document[n].get_textpage().get_text_range() for n in range(min(count, TEXT_PAGES))), answer)


def look_at_text(path, answer):
    """Does as look, without a library that draws."""
    from pypdf import PdfReader
    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("it is protected by a password")
    count = len(reader.pages)
    answer.say(f"PDF, {count} page{'s' if count != 1 else ''}{title((reader.metadata or {}).get('/Title'))}")
    wanted = answer.range(count, TEXT_PAGES)
    if not wanted:
        answer.fail(f"it has {count} pages, and none of those that lines names")
        return
    say_text((reader.pages[n - 1].extract_text() for n in wanted), answer, wanted.start)
    answer.fail("its pages are shown as text alone: the session has no package pypdfium2 to draw them with")


def draw(page, request):
    """Returns a page as a picture."""
    width, height = page.get_size()
    scale = min(2.0, request["max_side"] / max(width, height, 1), (request["max_pixels"] / max(width * height, 1)) ** 0.5)
    return page.render(scale=scale).to_pil().convert("RGB")


def title(text):
    return f", titled {str(text)[:100]!r}" if text and str(text).strip() else ""


def say_text(pages, answer, first=1):
    for n, text in enumerate(pages, first):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines and not answer.say(f"--- page {n}"):
            return
        for line in lines:
            if not answer.say(line):
                answer.text.append("[more text follows: read it with run_python]")
                return
