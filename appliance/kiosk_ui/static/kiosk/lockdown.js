/** Keeps a browser a kiosk: no menus, no zoom, nothing to drag away. */

/**
 * Gestures that belong to a browser and not to this screen are refused from now on. Pinching is
 * also refused by the style sheet's `touch-action`.
 */
export function lockDown() {
  for (const event of ["contextmenu", "dragstart", "selectstart", "gesturestart"]) {
    document.addEventListener(event, (happening) => happening.preventDefault());
  }
  document.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey) event.preventDefault();
    },
    { passive: false },
  );
  document.addEventListener(
    "touchmove",
    (event) => {
      if (event.touches.length > 1) event.preventDefault();
    },
    { passive: false },
  );
}
