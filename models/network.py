"""The network that train_stage trains; needs torch (extra `train`)."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hub_server.features import FEATURES
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import STAGES
from models.graph import CODE_WIDTH

Numbers = NDArray[np.float32]

# Dropped between the state and the heads while training.
DROP_P: Final = 0.2


class StageNetwork(nn.Module):  # type: ignore[misc,unused-ignore]  # torch may be absent
    """The graph of models/graph.py over many seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.code = nn.Linear(len(FEATURES), CODE_WIDTH)
        self.gru = nn.GRU(CODE_WIDTH, STATE_WIDTH)
        self.stage = nn.Linear(STATE_WIDTH, len(STAGES))
        self.buy = nn.Linear(STATE_WIDTH, 1)
        self.drop = nn.Dropout(DROP_P)

    def forward(  # type: ignore[explicit-override,unused-ignore]  # typing has it from 3.12 on
        self, x: torch.Tensor, state: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits (T, n, 8) of the stages and (T, n) of buying, and the last state (n, STATE_WIDTH).

        Args:
            x: (T, n, len(FEATURES)), a second a row.
            state: (n, STATE_WIDTH) before the first of them.
        """
        states, last = self.gru(torch.tanh(self.code(x)), state[None])
        states = self.drop(states)
        return self.stage(states), self.buy(states).squeeze(-1), last[0]

    def weights(
        self, added: NDArray[np.floating], divisors: NDArray[np.floating]
    ) -> dict[str, Numbers]:
        """The weights under the names of models/graph.py.

        Args:
            added: (8,) to the logits, models.calibration.offsets.
            divisors: (8,) the temperatures of the top stages.
        """
        named = {k: v.detach().numpy().astype(np.float32) for k, v in self.state_dict().items()}
        rows = {
            gate: slice(k * STATE_WIDTH, (k + 1) * STATE_WIDTH)
            for k, gate in enumerate(("reset", "keep", "new"))
        }
        by_x, by_state = named["gru.weight_ih_l0"], named["gru.weight_hh_l0"]
        bias_x, bias_state = named["gru.bias_ih_l0"], named["gru.bias_hh_l0"]

        def both(gate: str) -> tuple[Numbers, Numbers]:
            here = rows[gate]
            joined = np.concatenate([by_x[here], by_state[here]], axis=1)
            return joined.T, bias_x[here] + bias_state[here]

        (reset, reset_bias), (keep, keep_bias), new = both("reset"), both("keep"), rows["new"]
        return {
            "A": named["code.weight"].T,
            "a": named["code.bias"],
            "R": reset,
            "r": reset_bias,
            "K": keep,
            "k": keep_bias,
            "W": by_x[new].T,
            "w": bias_x[new],
            "U": by_state[new].T,
            "u": bias_state[new],
            "P": named["stage.weight"].T,
            "q": named["stage.bias"] + added.astype(np.float32),
            "S": (1.0 / divisors).astype(np.float32),
            "B": named["buy.weight"].T,
            "b": named["buy.bias"],
        }
