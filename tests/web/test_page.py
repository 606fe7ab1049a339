"""The page as people use it, in a real browser."""

import base64
import io
import re
import time
from urllib.parse import unquote

import keras
import numpy as np
import pytest
from PIL import Image

from digitscope.data.dataset import load_dataset, validation_split
from digitscope.exporting.html import export_html
from digitscope.judging.evaluate import evaluate
from digitscope.pictures.preprocess import preprocess
from digitscope.training.train import train
from tests.browser import SIZE, go, needs_chromium, served, until, watched

pytestmark = needs_chromium
PHONE = {"width": 390, "height": 844}
SAYS = "document.querySelector('.surgery .total').textContent"
EPOCH = "document.querySelector('.replay output').textContent"
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
GIVE = """([way, content]) => {
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "digit.png", { type: "image/png" }));
  const options = { bubbles: true, cancelable: true };
  const event = way === "drop"
    ? new DragEvent("drop", { ...options, dataTransfer: data })
    : new ClipboardEvent("paste", { ...options, clipboardData: data });
  document.body.dispatchEvent(event);
}"""
PIXELS = """(number) => {
  const canvas = document.querySelectorAll(".panels canvas")[number];
  return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
}"""
VIEWS = ["draw", "inside", "inside&level=1.0.3.3.2", "kernels", "read", "train", "errors"]


@pytest.fixture(scope="module")
def run(settings, tmp_path_factory):
    """A run that has been judged, and is good enough to read a clear digit."""
    made = train(**{**settings, "epochs": 12}, runs_dir=tmp_path_factory.mktemp("runs"))
    evaluate(made)
    return made


@pytest.fixture
def page(chromium, address):
    opened, said = watched(chromium, f"{address}/")
    yield opened
    opened.close()
    assert said == []


def strokes_of(image, least=100):
    """An image of MNIST as lines from pixel to neighbouring pixel: lists of (x, y)."""
    left = [tuple(place) for place in np.argwhere(image > least)]
    strokes = []
    while left:
        stroke = [left.pop(0)]
        while True:
            near = [
                p for p in left if max(abs(p[0] - stroke[-1][0]), abs(p[1] - stroke[-1][1])) <= 1
            ]
            if not near:
                break
            left.remove(near[0])
            stroke.append(near[0])
        strokes.append([(10 * x + 5, 10 * y + 5) for y, x in stroke])
    return strokes


def draw(page, strokes):
    box = page.locator("#pad").bounding_box()
    part = box["width"] / 280
    for stroke in strokes:
        for i, (x, y) in enumerate(stroke):
            page.mouse.move(box["x"] + x * part, box["y"] + y * part)
            if i == 0:
                page.mouse.down()
        page.mouse.up()
    painted(page)


def painted(page):
    """Wait until what was done is on the screen: the page paints with the next frame."""
    page.evaluate(PAINTED)


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def answer(page):
    return page.locator("#answer").inner_text()


def draw_image(page, image):
    page.locator("#pen").fill("12")
    draw(page, strokes_of(image))


def test_an_mnist_digit_drawn_as_strokes_is_recognised(page, digits):
    page.select_option("#run", "reader")
    until(page, "digitscope.lesson.run.name === 'reader'")
    assert answer(page) == "Nothing is drawn yet."
    draw_image(page, digits.x_test[0])
    assert answer(page) == "It is a 7."
    shares = page.locator("#bars .number").all_inner_texts()
    assert float(shares[7].rstrip("%")) > 90
    page.click("#clear")
    until(page, "digitscope.lesson.said.status === 'blank'")
    assert answer(page) == "Nothing is drawn yet."
    assert set(page.locator("#bars .number").all_inner_texts()) == {""}


def test_one_can_draw_with_a_finger(chromium, address, digits):
    context = chromium.new_context(viewport=PHONE, has_touch=True)
    page, said = watched(context, f"{address}/", None)
    box = page.locator("#pad").bounding_box()
    part, finger = box["width"] / 280, context.new_cdp_session(page)

    def touch(kind, *places):
        points = [{"x": box["x"] + x * part, "y": box["y"] + y * part} for x, y in places]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for first, *rest in strokes_of(digits.x_test[0]):
        touch("touchStart", first)
        for place in rest:
            touch("touchMove", place)
        touch("touchEnd")
    painted(page)
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("digitscope.lesson.said.digit") == 7
    context.close()
    assert said == []


def test_undo_takes_one_stroke_back(page):
    draw(page, [[(60, 60), (60, 200)], [(200, 60), (200, 200)]])
    until(page, "digitscope.lesson.said.status === 'several_digits'")
    page.click("#undo")
    until(page, "digitscope.lesson.said.status !== 'several_digits'")
    page.click("#undo")
    until(page, "digitscope.lesson.said.status === 'blank'")


@pytest.mark.parametrize("pen", ["mouse", "keyboard"])
def test_a_drawing_cleared_with_the_pen_down_lifts_it(page, pen):
    box = page.locator("#pad").bounding_box()
    if pen == "mouse":
        page.mouse.move(box["x"] + 50, box["y"] + 50)
        page.mouse.down()
    else:
        page.focus("#pad")
        page.keyboard.press("Space")
    page.evaluate("document.getElementById('clear').click()")
    page.mouse.move(box["x"] + 90, box["y"] + 120)
    if pen == "mouse":
        page.mouse.up()
    else:
        page.keyboard.press("ArrowDown")
    painted(page)
    assert page.evaluate("digitscope.lesson.said.status") == "blank"


def test_one_can_draw_with_the_keyboard(page):
    page.focus("#pad")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    for _ in range(12):
        page.keyboard.press("ArrowDown")
    until(page, "digitscope.lesson.said.status !== 'blank'")
    assert page.evaluate("digitscope.lesson.seen.box[3]") > 60


def test_a_stage_left_out_changes_what_the_network_sees(page, digits):
    draw(page, [[(30, 30), (60, 30), (45, 90)]])
    seen = "[...digitscope.lesson.seen.image28]"
    whole = np.array(page.evaluate(seen)).reshape(28, 28)
    page.click("text=scale to 20 pixels")
    painted(page)
    small = np.array(page.evaluate(seen)).reshape(28, 28)
    height = [np.ptp(np.flatnonzero(image.any(1))) + 1 for image in (whole, small)]
    assert (height[0], height[1]) == (20, pytest.approx(8, abs=2))
    page.click("text=centre by mass")
    painted(page)
    assert np.array(page.evaluate(seen)).reshape(28, 28)[0].any()


def test_two_networks_read_the_same_drawing(page, digits):
    draw_image(page, digits.x_test[0])
    page.select_option("#other", "reader")
    page.wait_for_selector(".beside li")
    until(page, "document.querySelector('.beside p').textContent === 'reader says 7.'")
    assert "other=reader" in page.url


def test_three_levels_down_and_back_by_mouse(page, digits):
    draw_image(page, digits.x_test[0])
    go(page, "Inside")
    page.locator(".layer canvas").nth(2).click(position={"x": 60, "y": 60})
    assert "How map" in page.locator(".level h3").inner_text()
    page.locator(".result canvas").click(position={"x": 128, "y": 128})
    assert "One value" in page.locator(".level h3").inner_text()
    page.locator(".numbers button").nth(4).click()
    assert page.locator(".level h3").inner_text() == "Product 5 of 9"
    page.locator(".crumbs button").nth(2).click()
    assert "One value" in page.locator(".level h3").inner_text()
    page.locator(".level").click(position={"x": 700, "y": 5})  # beside everything: one up
    assert "How map" in page.locator(".level h3").inner_text()
    page.locator(".crumbs button").first.click()
    assert page.locator(".layer").first.is_visible()


def test_three_levels_down_and_back_by_keyboard(page, digits):
    draw_image(page, digits.x_test[0])
    go(page, "Inside")
    page.locator(".layer canvas").nth(2).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert "How map" in page.locator(".level h3").inner_text()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert page.locator(".crumbs [aria-current]").inner_text() == "row 2, column 2"
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    assert page.locator(".level h3").inner_text() == "Product 2 of 9"
    for _ in range(3):
        page.keyboard.press("Escape")
    assert page.locator(".layer canvas").nth(2).evaluate("it => it === document.activeElement")
    page.go_back()  # the browser's own way works too
    assert page.locator(".level").is_visible()


def test_the_arithmetic_shown_is_the_model_s(page, digits):
    draw_image(page, digits.x_test[0])
    worst = page.evaluate("""async () => {
      const { offset } = await import("/web/engine/anatomy.js");
      const { products } = await import("/web/engine/products.js");
      const { network } = digitscope.lesson.run;
      const { image28 } = digitscope.lesson.seen;
      let worst = 0;
      network.layers.forEach((layer, index) => {
        if (!layer.arrays.kernel) return;
        const [rows, columns] = layer.output_shape.length === 3 ? layer.output_shape : [1, 1];
        for (let channel = 0; channel < layer.output_shape.at(-1); channel++)
          for (const y of [0, rows >> 1, rows - 1]) {
            const place = { y, x: columns >> 1, channel };
            const { value, sum, bias } = products(network, index, image28, place);
            const real = layer.output[offset(layer, place)];
            const shown = layer.options.activation === "softmax" ? network.logits[channel] : value;
            const said = layer.options.activation === "softmax" ? sum + bias : real;
            worst = Math.max(worst, Math.abs(shown - said));
          }
      });
      return worst;
    }""")
    assert worst < 1e-4


def test_every_layer_can_be_entered(page, digits):
    draw_image(page, digits.x_test[0])
    go(page, "Inside")
    count = page.locator(".layer canvas").count()
    for number in range(1, count):
        page.locator(".layer canvas").nth(number).click(position={"x": 4, "y": 4})
        assert page.locator(".level h3").count() >= 1
        page.keyboard.press("Escape")


def test_a_kernel_typed_in(page, digits):
    draw_image(page, digits.x_test[0])
    go(page, "Kernels")
    page.select_option("[aria-label=preset]", "identity")
    assert page.evaluate(PIXELS, 1) == page.evaluate(PIXELS, 0)
    page.fill("[aria-label='kernel, row 2, column 2']", "-1")
    assert page.locator("[aria-label=preset]").input_value() == ""
    assert page.evaluate(PIXELS, 1) != page.evaluate(PIXELS, 0)
    page.fill("[aria-label='kernel, row 2, column 2']", "2")
    page.locator(".panels canvas").first.hover(position={"x": 5, "y": 5})
    assert page.locator(".sum .total").inner_text() == "= 0"


def test_surgery_changes_the_answer_and_the_accuracy_and_is_undone(page, digits):
    draw_image(page, digits.x_test[0])
    go(page, "Kernels")
    says = page.locator(".surgery .total")
    until(page, SAYS + ".includes('validation')")
    before = says.inner_text()
    logits = page.evaluate("[...digitscope.lesson.said.probabilities]")
    for number in range(4):
        page.locator(".surgery .kernels button").nth(number).click()
        page.check(".operation [type=checkbox]")
    until(page, SAYS + ".includes('before the surgery')")
    painted(page)
    assert page.evaluate("[...digitscope.lesson.said.probabilities]") != logits
    page.click("text=undo everything")
    until(page, "!" + SAYS + ".includes('before the surgery')")
    painted(page)
    assert says.inner_text() == before
    assert page.evaluate("[...digitscope.lesson.said.probabilities]") == pytest.approx(logits)


def test_surgery_can_be_undone_after_a_look_at_another_view(page, digits):
    draw_image(page, digits.x_test[0])
    logits = page.evaluate("[...digitscope.lesson.said.probabilities]")
    go(page, "Kernels")
    page.locator(".surgery .kernels button").first.click()
    page.fill("[aria-label='weight, row 2, column 2']", "5")
    go(page, "Inside")
    painted(page)
    assert page.locator("#changed").is_visible()
    assert page.evaluate("[...digitscope.lesson.said.probabilities]") != logits
    go(page, "Kernels")
    page.click("text=undo everything")
    painted(page)
    assert page.locator("#changed").is_hidden()
    assert page.evaluate("[...digitscope.lesson.said.probabilities]") == pytest.approx(logits)


def test_the_reader_is_not_said_to_be_tried_on_digits_that_are_new_to_it(chromium, address):
    page, said = watched(chromium, f"{address}/#tab=kernels&run=reader")
    until(page, SAYS + " !== ''", 60)
    assert re.fullmatch(
        r"\d+ of 500 MNIST training digits are read right\. reader was trained with most of them",
        page.locator(".surgery .total").inner_text(),
    )
    assert "validation" not in page.locator("#view").inner_text()
    page.close()
    assert said == []


def test_surgery_is_in_the_address_and_counts_as_keras_does(chromium, address, run, digits):
    data = load_dataset(run.config.data)
    _, chosen = validation_split(data, run.config.validation_fraction, run.config.seed)
    images, labels = data.x_train[chosen, ..., None], data.y_train[chosen]
    model = keras.saving.load_model(run.path / "model.keras")
    layer = next(one for one in model.layers if isinstance(one, keras.layers.Conv2D))
    counts = [np.sum(model.predict(images, verbose=0).argmax(1) == labels)]
    kernel, bias = layer.get_weights()
    kernel[..., 0], bias[0] = 0, 0  # muted
    kernel[0, 2, 0, 1] = -2.5
    layer.set_weights([kernel, bias])
    counts.append(np.sum(model.predict(images, verbose=0).argmax(1) == labels))
    page, said = watched(chromium, f"{address}/#tab=kernels&surgery=1:mute;2.1.3:-2.5")
    until(page, SAYS + ".includes('before the surgery')")
    assert page.locator(".surgery .total").inner_text() == (
        f"{counts[1]} of {len(labels)} validation images are read right; "
        f"before the surgery it was {counts[0]}"
    )
    page.locator(".surgery .kernels button").nth(1).click()
    changed = page.locator("[aria-label='weight, row 1, column 3']")
    assert changed.input_value() == "-2.5"
    changed.fill("1e39")  # more than a weight can be
    assert "2.1.3:-2.5" in unquote(page.url)
    page.select_option("#run", "reader")
    until(page, "digitscope.lesson.run.name === 'reader'")
    assert "surgery" not in page.url
    page.close()
    assert said == []


def test_the_layers_turn_in_3d_by_keyboard_and_mouse(page):
    go(page, "Inside")
    page.click("text=3D")
    style = "document.querySelector('.stack').style.transform"
    first = page.evaluate(style)
    page.keyboard.press("ArrowLeft")
    turned = page.evaluate(style)
    page.keyboard.press("+")
    zoomed = page.evaluate(style)
    assert len({first, turned, zoomed}) == 3
    box = page.locator(".scene").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 220)
    page.mouse.up()
    assert page.evaluate(style) != zoomed
    page.click("text=3D")
    assert page.evaluate(style) == ""


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped(page, digits, way):
    picture = 255 - np.kron(digits.x_test[0], np.ones((10, 10), np.uint8))
    page.evaluate(GIVE, [way, base64.b64encode(png(picture)).decode()])
    until(page, "digitscope.lesson.seen.status === 'digit'")
    seen = np.array(page.evaluate("[...digitscope.lesson.seen.image28]")).reshape(28, 28)
    assert np.abs(seen - preprocess(picture).image28).max() <= 1
    page.evaluate(GIVE, [way, base64.b64encode(b"no picture").decode()])
    until(page, "!document.querySelector('#notice').hidden")
    assert "not a picture" in page.locator("#notice").inner_text()


def test_the_camera_s_picture_is_read(page):
    page.click("#webcam")
    until(page, "digitscope.lesson.seen.status !== 'blank'")
    first = page.evaluate("[...digitscope.lesson.grey(28).data]")
    until(page, f"[...digitscope.lesson.grey(28).data].join() !== {','.join(map(str, first))!r}")
    page.click("#webcam")
    assert page.locator("#webcam").get_attribute("aria-pressed") == "false"


def test_a_digit_of_the_errors_opens_inside(page, run, digits):
    go(page, "Errors")
    page.locator(".digit").first.click()
    page.wait_for_selector(".layer")
    said = page.locator(".digit").count()
    assert said == 0
    seen = np.array(page.evaluate("[...digitscope.lesson.seen.image28]"), np.uint8)
    found = (digits.x_test[:200].reshape(200, -1) == seen).all(1)
    assert f"digit={found.argmax()}&" in f"{page.url}&"
    assert found.any()


def test_a_test_image_is_in_the_address_until_one_draws(chromium, address, digits):
    own = "ink=k.1s.1s.1s.69"
    page, said = watched(chromium, f"{address}/#tab=errors&{own}")
    page.locator(".digit").first.wait_for()
    until(page, "digitscope.lesson.said.status !== 'blank'")
    drawn = page.evaluate("[...digitscope.lesson.seen.image28]")
    page.locator(".digit").first.click()
    until(page, "digitscope.lesson.exact")
    page.click("#undo")
    painted(page)
    assert page.evaluate("[...digitscope.lesson.seen.image28]") == drawn
    page.goto(f"{address}/#tab=inside&digit=5")
    until(page, "digitscope.lesson.exact")
    painted(page)
    seen = page.evaluate("[...digitscope.lesson.seen.image28]")
    assert seen == digits.x_test[5].ravel().tolist()
    page.wait_for_timeout(600)
    assert "digit=5" in page.url
    page.click("#clear")
    until(page, "!location.hash.includes('digit')")
    page.goto(f"{address}/#tab=inside&digit=999999")
    until(page, "!document.querySelector('#notice').hidden")
    page.click("#notice button")
    assert page.locator("#notice").is_hidden()
    page.close()
    assert len(said) == 1
    assert "400" in said[0]


def test_a_link_is_a_lesson(chromium, address, digits):
    page, said = watched(chromium, f"{address}/")
    draw_image(page, digits.x_test[0])
    go(page, "Inside")
    page.click("#large")
    page.wait_for_timeout(600)  # the drawing is put into the address a little later
    expected = page.evaluate("[...digitscope.lesson.seen.image28]")
    link = page.url + "&hide=train,errors"
    page.close()
    again, more = watched(chromium, link)
    assert again.evaluate("[...digitscope.lesson.seen.image28]") == expected
    assert again.locator(".top nav a").all_inner_texts() == ["Draw", "Inside", "Kernels", "Read"]
    assert again.locator("body.large").count() == 1
    again.close()
    assert said == more == []


def test_what_a_view_shows_is_in_the_address_too(chromium, address):
    page, said = watched(chromium, f"{address}/#tab=draw")
    draw(page, [[(30, 30), (60, 30), (45, 90)]])
    page.click("text=scale to 20 pixels")
    go(page, "Kernels")
    page.fill("[aria-label='kernel, row 1, column 3']", "7")
    page.select_option("[aria-label=border]", "none")
    go(page, "Train")
    page.wait_for_selector(".cost")
    page.select_option("[name=recipe]", "lenet")
    page.fill("[name=epochs]", "3")
    page.check("[name=batch_norm]")
    page.click("#large")  # at once
    page.click("#large")
    go(page, "Inside")
    page.click("text=3D")
    link = page.url
    page.close()
    again, more = watched(chromium, link)
    assert again.locator(".scene.three-d").count() == 1
    assert again.evaluate("digitscope.lesson.stages.scaling") is False
    go(again, "Kernels")
    assert again.locator("[aria-label='kernel, row 1, column 3']").input_value() == "7"
    assert again.locator("[aria-label=border]").input_value() == "none"
    go(again, "Train")
    again.wait_for_selector(".cost")
    assert again.locator("[name=recipe]").input_value() == "lenet"
    assert again.locator("[name=epochs]").input_value() == "3"
    assert again.locator("[name=batch_norm]").is_checked()
    go(again, "Draw")
    assert not again.locator(".switches input").first.is_checked()
    again.close()
    assert said == more == []


@pytest.mark.parametrize(
    "part",
    [
        "tab=nonsense",
        "tab=constructor",
        "tab=inside&level=99.99",
        "tab=inside&level=-1.0.0.0",
        "tab=kernels&kernel=constructor&border=x&of=y",
        "tab=train&recipe=constructor&set=__proto__:1;filters",
        "tab=errors&cell=99.99",
        "tab=errors&run=reader",
        "ink=garbage_1.2.3_..",
        "without=all",
    ],
)
def test_an_address_that_makes_no_sense_shows_a_view_all_the_same(chromium, address, part):
    page, said = watched(chromium, f"{address}/#{part}")
    page.wait_for_timeout(200)
    assert page.locator("#view h2").count() == 1
    assert page.locator("nav [aria-current]").count() == 1
    page.close()
    assert said == []


def test_a_run_that_is_not_there_is_named(chromium, address):
    page, _ = watched(chromium, f"{address}/#run=0099-missing")
    until(page, "!document.querySelector('#notice').hidden")
    assert "no network 0099-missing here" in page.locator("#notice").inner_text()
    go(page, "Inside")
    assert page.locator(".layer").first.is_visible()
    page.close()


def test_the_back_button_undoes_a_change_of_network(page, run):
    page.select_option("#run", "reader")
    until(page, "digitscope.lesson.run.name === 'reader'")
    page.go_back()
    until(page, f"digitscope.lesson.run.name === '{run.name}'")
    assert page.locator("#run").input_value() == run.name


def test_layers_are_in_3d_after_a_level_too(chromium, address):
    page, said = watched(chromium, f"{address}/#tab=inside&3d=1&level=1.0.3.3")
    assert page.locator("text=3D").is_hidden()
    page.keyboard.press("Escape")
    until(page, "document.querySelector('.stack').style.transform.startsWith('scale(0.')")
    page.close()
    assert said == []


def test_the_pictures_of_kernels_take_the_arrow_keys(page):
    go(page, "Kernels")
    page.locator(".panels canvas").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".sum caption").inner_text() == "row 14, column 15"
    page.fill("[aria-label='kernel, row 2, column 2']", "1e300")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]


def test_an_exported_page_opens_from_the_disk(chromium, run, tmp_path, digits):
    file = tmp_path / "run.html"
    export_html(run, file)
    page, said = watched(chromium, file.as_uri())
    draw_image(page, digits.x_test[0])
    assert page.evaluate("digitscope.lesson.said.probabilities.length") == 10
    assert page.locator(".top nav a").all_inner_texts() == ["Draw", "Inside", "Kernels", "Errors"]
    go(page, "Inside")
    page.locator(".layer canvas").nth(2).click(position={"x": 60, "y": 60})
    assert "How map" in page.locator(".level h3").inner_text()
    go(page, "Kernels")
    until(page, SAYS + ".includes('validation')")
    go(page, "Errors")
    page.locator(".digit").first.click()
    page.wait_for_selector(".layer")
    page.close()
    assert said == []


@pytest.mark.parametrize("tab", VIEWS)
def test_it_fits_a_phone(chromium, address, tab):
    page, said = watched(chromium, f"{address}/#tab={tab}", PHONE)
    page.wait_for_timeout(400)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert wide <= PHONE["width"]
    assert said == []


@pytest.mark.parametrize("tab", VIEWS)
def test_axe_finds_no_serious_fault(chromium, address, tab):
    from axe_playwright_python.sync_playwright import Axe

    page, _ = watched(chromium, f"{address}/#tab={tab}")
    page.wait_for_timeout(600)
    found = Axe().run(page).response["violations"]
    page.close()
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in serious] == []


def test_the_http_docs_name_every_path(chromium, address):
    page = chromium.new_page()
    page.goto(f"{address}/docs")
    page.wait_for_selector("section")
    titles = page.locator("h3").all_inner_texts()
    page.close()
    assert {"POST /predict", "POST /read", "GET /health", "GET /api/runs"} <= set(titles)


def test_a_training_is_started_watched_stopped_and_resumed(chromium, tmp_path):
    with served(None, tmp_path) as address:
        page, said = watched(chromium, f"{address}/#tab=train")
        page.wait_for_selector(".cost")
        page.fill("[name=filters]", "2")
        page.fill("[name=dense_units]", "8")
        page.fill("[name=epochs]", "300")
        page.fill("[name=kernel_size]", "99")
        page.wait_for_selector(".wrong")
        assert page.locator("button.main").is_disabled()
        page.fill("[name=kernel_size]", "3")
        page.wait_for_selector(".cost")
        page.click("button.main")
        page.wait_for_selector(".replay canvas", timeout=60_000)
        page.wait_for_selector(".curves polyline", timeout=60_000)
        page.get_by_role("button", name="Stop").click()
        page.wait_for_selector("text=Go on", timeout=40_000)
        done = page.locator(".replay input").get_attribute("max")
        page.get_by_role("button", name="Go on").click()
        end = time.monotonic() + 60
        while page.locator(".replay input").get_attribute("max") <= done and time.monotonic() < end:
            page.wait_for_timeout(300)
        assert int(page.locator(".replay input").get_attribute("max")) > int(done)
        page.locator(".replay input").fill("1")
        until(page, EPOCH + ".startsWith('after epoch 1')")
        page.get_by_role("button", name="Stop").click()
        page.wait_for_selector("text=Go on", timeout=40_000)
        page.close()
        assert said == []
