/**
 * turntable: a stack's layers one behind the other in 3D, turned by dragging or with the arrow keys,
 * zoomed with the wheel or plus and minus.
 */
import { PLANE } from "./stack.js";

const BETWEEN = 1700; // pixels from the first layer to the last
const WIDE = { x: -16, y: -56 }; // degrees around these axes, at first: the layers go to the right
const HIGH = { x: -58, y: -20 }; // and where there is more height than width, up
const NEAR = 0.85; // room for the first layer, which is nearest

/**
 * @param {HTMLElement} scene what holds the stack, and takes the keys and the pointer.
 * @returns {{isOn: boolean, spread: (sections: HTMLElement[]) => void, flatten: () => void}}
 */
export function openTurntable(scene, stack) {
  let isOn = false;
  const turn = { x: 0, y: 0, zoom: 1 };

  function paint() {
    stack.style.transform = isOn ? `scale(${turn.zoom}) rotateX(${turn.x}deg) rotateY(${turn.y}deg)` : "";
  }
  function zoomed(part) {
    turn.zoom = Math.min(Math.max(turn.zoom * part, 0.2), 3);
    paint();
  }
  function turned(x, y) {
    turn.x += x;
    turn.y += y;
    paint();
  }

  scene.addEventListener("pointermove", (event) => {
    if (isOn && event.buttons) turned(-event.movementY / 3, event.movementX / 3);
  });
  scene.addEventListener(
    "wheel",
    (event) => {
      if (!isOn) return;
      event.preventDefault();
      zoomed(Math.exp(-event.deltaY / 500));
    },
    { passive: false },
  );
  scene.addEventListener("keydown", (event) => {
    if (!isOn || event.target !== scene) return;
    const moves = { ArrowLeft: [0, -5], ArrowRight: [0, 5], ArrowUp: [5, 0], ArrowDown: [-5, 0] };
    const zooms = { "+": 1.1, "-": 1 / 1.1 };
    if (moves[event.key]) turned(...moves[event.key]);
    else if (zooms[event.key]) zoomed(zooms[event.key]);
    else return;
    event.preventDefault();
  });

  function set(value) {
    isOn = value;
    scene.classList.toggle("three-d", isOn);
    scene.tabIndex = isOn ? 0 : -1;
  }
  return {
    get isOn() {
      return isOn;
    },
    /** Stand them one behind the other, as large as all of them have room. */
    spread(sections) {
      set(true);
      sections.forEach((section, i) => {
        const away = ((sections.length - 1) / 2 - i) * (BETWEEN / sections.length);
        section.style.transform = `translate(-50%, -50%) translateZ(${away}px)`;
      });
      const { clientWidth: width, clientHeight: height } = scene;
      Object.assign(turn, width > height ? WIDE : HIGH);
      const [x, y] = [turn.x, turn.y].map((degrees) => (Math.abs(degrees) * Math.PI) / 180);
      const wide = BETWEEN * Math.sin(y) + PLANE * Math.cos(y);
      const high = BETWEEN * Math.cos(y) * Math.sin(x) + PLANE * Math.cos(x);
      turn.zoom = NEAR * Math.min(1.2, width / wide, height / high);
      paint();
    },
    flatten() {
      set(false);
      paint();
    },
  };
}
