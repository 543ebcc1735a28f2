import { mount } from "svelte";
import "../theme.css";
import { load, say } from "../words/words";
import Forget from "./Forget.svelte";

const target = document.getElementById("app");
if (target) {
  await load();
  document.title = say("forget_title");
  mount(Forget, { target });
}
