import io
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
import pypdfium2

SCRIPTS = {"Latin": "ňž", "Greek": "λω", "Cyrillic": "жю", "Vietnamese": "ệữ", "simplified": "销额", "traditional": "銷體", "Japanese": "かタ",
           "Korean": "가나", "Hindi": "कख", "Bengali": "কখ", "Tamil": "கம", "Thai": "กข", "Arabic": "مش", "Hebrew": "שמ", "Amharic": "አለ",
           "emoji": "📈🚀", "mathematics": "∑∫"}
FONTS = ["arial.ttf", "Arial.ttf", "arialbd.ttf", "simhei.ttf", "msyh.ttc", "simsun.ttc", "malgun.ttf", "NanumGothic.ttf", "AppleGothic.ttf", "msgothic.ttc",
         "meiryo.ttc", "YuGothM.ttc", "times.ttf", "cour.ttf", "calibri.ttf", "verdana.ttf", "comic.ttf", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf",
         "NotoSansCJK-Regular.ttc", "C:\\Windows\\Fonts\\msjh.ttc", "/System/Library/Fonts/PingFang.ttc", "/System/Library/Fonts/Helvetica.ttc",
         "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf", "seguiemj.ttf"]


def pil(letter, font):
    picture = Image.new("L", (60, 60))
    draw = ImageDraw.Draw(picture)
    draw.text((10, 10), letter, 255, font=font)
    assert picture.getbbox(), letter
    return picture.tobytes()


def same(drawn):
    return [script for script, (a, b) in SCRIPTS.items() if drawn(a) == drawn(b)]


bad = [(name, found) for name in FONTS if (found := same(lambda c: pil(c, ImageFont.truetype(name, 30))))]
bad += [("default", found) for font in (ImageFont.load_default(30), ImageFont.load_default(), None) if (found := same(lambda c: pil(c, font)))]
print(bad)


def page(draw):
    file = io.BytesIO()
    canvas = Canvas(file, (80, 80))
    draw(canvas)
    canvas.save()
    return pypdfium2.PdfDocument(file.getvalue())[0]


def pdf(letter, font):
    def draw(canvas):
        canvas.setFont(font, 30)
        canvas.drawString(10, 20, letter)
    return page(draw).render().to_pil().tobytes()


# A font that has no letters of a script is told of, see below: each gets its own.
OWN = {"simplified": "simhei.ttf", "traditional": "msjh.ttc", "Japanese": "msgothic.ttc", "Korean": "malgun.ttf", "Hindi": "mangal.ttf",
       "Bengali": "vrinda.ttf", "Tamil": "latha.ttf", "Thai": "Leelawadee.ttf", "Amharic": "NotoSansEthiopic-Regular.ttf", "emoji": "seguiemj.ttf"}
bad = []
for script, (a, b) in SCRIPTS.items():
    pdfmetrics.registerFont(TTFont(script, OWN.get(script, "arial.ttf")))
    for font in (script, "Helvetica"):
        if pdf(a, font) == pdf(b, font):
            bad.append((script, font))
text = page(lambda c: (c.setFont("Helvetica", 12), c.drawString(5, 40, "Žluťoučký kůň"), c.drawString(5, 10, "plain"))).get_textpage().get_text_range()
if "Žluťoučký kůň" not in text or "plain" not in text:
    bad.append(text)
print(bad)
