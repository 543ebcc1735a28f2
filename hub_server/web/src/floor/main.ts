import { mount } from "svelte";
import "../theme.css";
import Floor from "./Floor.svelte";

const target = document.getElementById("app");
if (target) mount(Floor, { target });
