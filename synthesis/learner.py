"""The network while it learns: weights, their running average, and the optimiser's memory."""

import copy
import math

import torch
from torch import Tensor

from synthesis import losses
from synthesis.batches import tensors
from synthesis.data import Example
from synthesis.model import RefineConfig, Refiner, blend
from synthesis.settings import TrainSettings
from synthesis.types import Device

AVERAGING = 0.995
WARM_STEPS = 20
AUTOCAST = {"bf16": torch.bfloat16, "fp16": torch.float16}
MEMORIES = ("exp_avg", "exp_avg_sq")


class Learner:
    """Learns batch by batch; `state` and `restore` keep everything the next step depends on."""

    def __init__(self, settings: TrainSettings, device: Device) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            network = Refiner(RefineConfig())
        self._device, self._rate = device, settings.learning_rate
        self._network = network.to(device.name).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._average = copy.deepcopy(self._network).eval()
        self._optimiser = torch.optim.AdamW(self._network.parameters(), lr=self._rate, betas=(0.9, 0.99))
        self._scaler = torch.amp.GradScaler(enabled=device.precision == "fp16" and device.name != "cpu")

    def learn(self, examples: list[Example], *, step: int, steps: int) -> float:
        """One step of gradient descent; answers the loss."""
        x, lit, alpha, below, wanted = tensors(examples, self._device.name)
        self._optimiser.param_groups[0]["lr"] = self._rate * _schedule(step, steps)
        precision = AUTOCAST.get(self._device.precision)
        with torch.autocast(torch.device(self._device.name).type, dtype=precision, enabled=precision is not None):
            said = self._network(x)
        made = blend(said.face(lit), below, alpha=alpha, change=said.alpha)
        loss = losses.picture(made, wanted, weight=(alpha > 0).float())
        self._optimiser.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.step(self._optimiser)
        self._scaler.update()
        self._follow(min(AVERAGING, (1 + step) / (10 + step)))
        return float(loss.detach())

    def averaged(self) -> Refiner:
        """The running average of the network, on the CPU."""
        average: Refiner = copy.deepcopy(self._average).to("cpu")
        return average.eval()

    def state(self) -> dict[str, Tensor]:
        """Every tensor the next step depends on, by name."""
        held = {f"network.{n}": t for n, t in self._network.state_dict().items()}
        held |= {f"average.{n}": t for n, t in self._average.state_dict().items()}
        for name, parameter in self._network.named_parameters():
            memory = self._optimiser.state.get(parameter, {})
            for kind in MEMORIES:
                held[f"{kind}.{name}"] = memory.get(kind, torch.zeros_like(parameter))
        first = next(iter(self._network.parameters()))
        steps = self._optimiser.state.get(first, {}).get("step", torch.zeros(()))
        return held | {"steps": torch.as_tensor(steps, dtype=torch.float32)}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The names and shapes `restore` needs."""
        return {name: tuple(tensor.shape) for name, tensor in self.state().items()}

    def restore(self, held: dict[str, Tensor]) -> None:
        """The inverse of `state`."""
        for prefix, network in (("network.", self._network), ("average.", self._average)):
            own = {n.removeprefix(prefix): t for n, t in held.items() if n.startswith(prefix)}
            network.load_state_dict(own, strict=True)
        if not held["steps"]:
            return
        for name, parameter in self._network.named_parameters():
            memory = {kind: held[f"{kind}.{name}"].to(parameter.device).clone() for kind in MEMORIES}
            self._optimiser.state[parameter] = {"step": held["steps"].clone(), **memory}

    @torch.no_grad()
    def _follow(self, kept: float) -> None:
        for mean, now in zip(self._average.parameters(), self._network.parameters(), strict=True):
            mean.lerp_(now, 1 - kept)


def _schedule(step: int, steps: int) -> float:
    """Share of the learning rate: a short rise, then a cosine to nearly zero."""
    rise = min(1.0, (step + 1) / min(WARM_STEPS, max(1, steps // 5)))
    return rise * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
