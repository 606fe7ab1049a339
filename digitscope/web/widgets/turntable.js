/**
 * turntable: a stack's layers one behind the other in 3D, turned by dragging or with the arrow keys,
 * zoomed with the wheel or plus and minus.
 */
import { moveOf } from "./keys.js";
import { PLANE } from "./stack.js";

const BETWEEN = 1700; // pixels from the first layer to the last
const WIDE = { x: -16, y: -56 }; // degrees around these axes, at first: the layers go to the right
const HIGH = { x: -58, y: -20 }; // and where there is more height than width, up
const NEAR = 0.85; // room for the first layer, which is nearest
const STEP = 5; // degrees that an arrow key turns
const ZOOM = 1.1; // what plus makes of the size

export class Turntable {
  isOn = false;
  #turn = { x: 0, y: 0, zoom: 1 };

  /**
   * @param {HTMLElement} scene what holds the stack, and takes the keys and the pointer.
   * @param {HTMLElement} stack
   */
  constructor(scene, stack) {
    this.scene = scene;
    this.stack = stack;
    scene.addEventListener("pointermove", (event) => {
      if (this.isOn && event.buttons) this.#turned(-event.movementY / 3, event.movementX / 3);
    });
    const wheel = (/** @type {WheelEvent} */ event) => {
      if (!this.isOn) return;
      event.preventDefault();
      this.#zoomed(Math.exp(-event.deltaY / 500));
    };
    scene.addEventListener("wheel", wheel, { passive: false });
    scene.addEventListener("keydown", (event) => this.#press(event));
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.isOn || event.target !== this.scene) return;
    const step = moveOf(event.key, STEP);
    if (step) this.#turned(-step.y, step.x);
    else if (event.key === "+") this.#zoomed(ZOOM);
    else if (event.key === "-") this.#zoomed(1 / ZOOM);
    else return;
    event.preventDefault();
  }

  /** @param {number} part */
  #zoomed(part) {
    this.#turn.zoom = Math.min(Math.max(this.#turn.zoom * part, 0.2), 3);
    this.#paint();
  }

  /** @param {number} x degrees @param {number} y degrees */
  #turned(x, y) {
    this.#turn.x += x;
    this.#turn.y += y;
    this.#paint();
  }

  #paint() {
    const { x, y, zoom } = this.#turn;
    const transform = `scale(${zoom}) rotateX(${x}deg) rotateY(${y}deg)`;
    this.stack.style.transform = this.isOn ? transform : "";
  }

  /** @param {boolean} isOn */
  #set(isOn) {
    this.isOn = isOn;
    this.scene.classList.toggle("three-d", isOn);
    this.scene.tabIndex = isOn ? 0 : -1;
  }

  /**
   * Stand the layers one behind the other, as large as all of them have room.
   *
   * @param {HTMLElement[]} sections
   */
  spread(sections) {
    this.#set(true);
    sections.forEach((section, i) => {
      const away = ((sections.length - 1) / 2 - i) * (BETWEEN / sections.length);
      section.style.transform = `translate(-50%, -50%) translateZ(${away}px)`;
    });
    const { clientWidth: width, clientHeight: height } = this.scene;
    const first = width > height ? WIDE : HIGH;
    const [x, y] = [first.x, first.y].map((degrees) => (Math.abs(degrees) * Math.PI) / 180);
    const wide = BETWEEN * Math.sin(y) + PLANE * Math.cos(y);
    const high = BETWEEN * Math.cos(y) * Math.sin(x) + PLANE * Math.cos(x);
    this.#turn = { ...first, zoom: NEAR * Math.min(1.2, width / wide, height / high) };
    this.#paint();
  }

  /** Lay them flat again. */
  flatten() {
    this.#set(false);
    this.#paint();
  }
}
