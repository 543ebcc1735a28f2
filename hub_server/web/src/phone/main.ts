import { mount } from "svelte";
import "../theme.css";
import Phone from "./Phone.svelte";

const target = document.getElementById("app");
if (target) mount(Phone, { target });
