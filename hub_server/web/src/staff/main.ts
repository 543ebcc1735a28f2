import { mount } from "svelte";
import "../theme.css";
import { load, say } from "../words/words";
import Staff from "./Staff.svelte";

const target = document.getElementById("app");
if (target) {
  await load();
  document.title = say("staff_page");
  mount(Staff, { target });
}
