import { mount } from "svelte";
import "../theme.css";
import Login from "./Login.svelte";

const target = document.getElementById("app");
if (target) mount(Login, { target });
