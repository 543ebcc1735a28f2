import { mount } from "svelte";
import "../theme.css";
import Forget from "./Forget.svelte";

const target = document.getElementById("app");
if (target) mount(Forget, { target });
