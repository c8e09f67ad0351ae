// The page's entrance.
import { render } from "preact";

const root = document.querySelector("#page");
if (root) render(<h1>Berth</h1>, root);
