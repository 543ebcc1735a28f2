import { mount } from "svelte";
import "../theme.css";
import { load, say } from "../words/words";
import Phone from "./Phone.svelte";

const target = document.getElementById("app");
if (target) {
  await load();
  document.title = say("page");
  mount(Phone, { target });
}
