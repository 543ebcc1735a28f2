import { mount } from "svelte";
import "../theme.css";
import Docs from "./Docs.svelte";

const target = document.getElementById("app");
if (target) mount(Docs, { target });
