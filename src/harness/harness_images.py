"""The plots that a script has shown or leaves open, as attachments of its claim.

Knows matplotlib by what has been imported of it, and never imports it. Draws the script's own
objects: anything that raises after the script is the script's exception.
"""

import builtins
import sys
from functools import update_wrapper
from io import BytesIO
from typing import Any
from weakref import ref

from _executor_result import TooLarge

__builtins__ = dict(vars(builtins))

_modules = sys.modules

# (kind, name, bytes), the fields of Attachment in wire/claim.h, and its kind for images.
Attachment = tuple[int, bytes, bytes]
_IMAGE = 0
_MAX_IMAGES = 4096

# What has been shown, in order: the figure, and how it looked; and what could not be drawn, with the reason.
_shown: list[tuple[Any, bytes]] = []
_undrawn: list[tuple[Any, Exception]] = []


def draw_without_windows() -> None:
    """Makes the names of matplotlib's backends that need a window mean Agg, for matplotlib.use().
    Call in the zygote, after its imports."""
    rcsetup = _modules.get("matplotlib.rcsetup")
    names = getattr(getattr(rcsetup, "_validate_standard_backends", None), "valid", None)
    if type(names) is dict:  # before matplotlib 3.9
        valid = rcsetup._validate_standard_backends
        valid.valid = _Backends(names, {name.lower() for name in rcsetup.interactive_bk})
    registry = getattr(_modules.get("matplotlib.backends.registry"), "backend_registry", None)
    frameworks = getattr(registry, "_BUILTIN_BACKEND_TO_GUI_FRAMEWORK", None)
    if type(frameworks) is dict:
        windowed = {name for name, framework in frameworks.items() if framework != "headless"}
        registry._name_to_module.update(dict.fromkeys(windowed, "agg"))
        rcsetup.validate_backend = _named_agg(rcsetup.validate_backend, windowed)


class _Backends(dict):
    """Names of backends, for which it gives their own; but Agg for those that need a window."""

    def __init__(self, names: dict[str, str], windowed: set[str]) -> None:
        super().__init__(names)
        self._windowed = windowed

    def __getitem__(self, name: str) -> str:
        return "agg" if name in self._windowed else super().__getitem__(name)


def _named_agg(validate: Any, windowed: set[str]) -> Any:
    def validate_backend(name: Any) -> Any:
        name = validate(name)
        return "agg" if type(name) is str and name.lower() in windowed else name

    return update_wrapper(validate_backend, validate)


def watch_shows() -> None:
    """From now on keeps what plt.show() and Figure.show() show, as it looks then: as a notebook does,
    even if the figure changes later."""
    pyplot = _modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    managers = pyplot._pylab_helpers.Gcf.figs
    figure_type = pyplot.Figure
    show, show_one = pyplot.show, figure_type.show

    def show_and_keep(*args: Any, **kwargs: Any) -> Any:
        for number in sorted(managers):
            _keep(managers[number].canvas.figure)
        return show(*args, **kwargs)

    def show_one_and_keep(self: Any, *args: Any, **kwargs: Any) -> Any:
        _keep(self)
        return show_one(self, *args, **kwargs)

    pyplot.show = update_wrapper(show_and_keep, show)
    figure_type.show = update_wrapper(show_one_and_keep, show_one)


def _keep(figure: Any) -> None:
    try:
        image = _drawn(figure)
        figure.stale = False  # it is set again by what changes from here on
    except Exception as error:
        _undrawn.append((ref(figure), error))  # drawn again at the end, if it is still open
        return
    for other, looks in _shown:
        if other() is figure and looks == image:
            return
    if len(_shown) <= _MAX_IMAGES:
        _shown.append((ref(figure), image))


# matplotlib's warnings name the first frame that is not its own: as Python has it where there is none.
save_png = eval(compile("lambda figure, png: figure.savefig(png, format='png')", "sys", "eval"))


def _drawn(figure: Any) -> bytes:
    png = BytesIO()
    save_png(figure, png)
    return png.getvalue()


def are_figures_open() -> bool:
    pyplot = _modules.get("matplotlib.pyplot")
    try:
        return pyplot is not None and len(pyplot.get_fignums()) > 0
    except BaseException:
        return False


def figures(max_size: int) -> list[Attachment]:
    """Returns as PNGs what was shown, in order, and pyplot's open figures that look otherwise now, or were not
    shown, in the order of their numbers.

    Raises TooLarge when they are more than `max_size` bytes of base64, and what drawing them raises.
    """
    images: list[Attachment] = []
    size = 0
    for image in _all_images():
        images.append((_IMAGE, b"", image))
        size += (len(image) + 2) // 3 * 4 + 1
        if size > max_size or len(images) > _MAX_IMAGES:
            raise TooLarge
    return images


def _all_images() -> Any:
    pyplot = _modules.get("matplotlib.pyplot")
    for _, image in _shown:
        yield image
    if pyplot is None:
        return
    open_figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    for figure in open_figures:
        looks = [image for other, image in _shown if other() is figure]
        if looks and (not getattr(figure, "stale", True) or _is_blank(figure)):
            continue
        image = _drawn(figure)
        if not looks or looks[-1] != image:
            yield image
    _report_undrawn(open_figures)


def _is_blank(figure: Any) -> bool:
    """Whether it has nothing but its background, as after clf()."""
    return len(figure.get_children()) <= 1


def _report_undrawn(open_figures: list[Any]) -> None:
    """Raises what has kept a figure from being shown, if it was closed since and nothing of it has been seen."""
    for figure_of, error in _undrawn:
        figure = figure_of()
        seen = [*open_figures, *[other() for other, _ in _shown]]
        if figure is None or not any([figure is other for other in seen]):
            raise error
