"""The networks that train_stage trains; needs torch (extra `train`)."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hub_server.features import FEATURES
from hub_server.journeys import STAGES
from hub_server.tracks import STATE_WIDTH
from models.graph import CODE_WIDTH

Numbers = NDArray[np.float32]


class StageNetwork(nn.Module):  # type: ignore[misc,unused-ignore]  # torch may be absent
    """The graph of models/graph.py over whole visits."""

    def __init__(self) -> None:
        super().__init__()
        self.code = nn.Linear(len(FEATURES), CODE_WIDTH)
        self.gru = nn.GRU(CODE_WIDTH, STATE_WIDTH, batch_first=True)
        self.stage = nn.Linear(STATE_WIDTH, len(STAGES))
        self.buy = nn.Linear(STATE_WIDTH, 1)
        self.drop = nn.Dropout(0.2)

    def forward(  # type: ignore[explicit-override,unused-ignore]  # typing has it from 3.12 on
        self, x: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (n, T, 8) of the stages and (n, T) of buying, for x (n, T, F)."""
        states, _ = self.gru(torch.tanh(self.code(x)))
        states = self.drop(states)
        return self.stage(states), self.buy(states).squeeze(-1)

    def weights(self, temperature: float) -> dict[str, Numbers]:
        """The weights under the names of models/graph.py."""
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
            "P": named["stage.weight"].T / np.float32(temperature),
            "q": named["stage.bias"] / np.float32(temperature),
            "B": named["buy.weight"].T,
            "b": named["buy.bias"],
        }


class TickNetwork(nn.Module):  # type: ignore[misc,unused-ignore]  # as above
    """The simple baseline: a softmax on one tick's features, without memory."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = nn.Linear(len(FEATURES), len(STAGES))
        self.buy = nn.Linear(len(FEATURES), 1)

    def forward(  # type: ignore[explicit-override,unused-ignore]  # typing has it from 3.12 on
        self, x: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """As StageNetwork.forward."""
        return self.stage(x), self.buy(x).squeeze(-1)
