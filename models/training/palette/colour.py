"""sRGB and OKLab (Ottosson, "A perceptual color space for image processing", 2020). Arrays [...,3]; sRGB 0..1."""
import numpy as np

M1 = np.array([[.4122214708, .5363325363, .0514459929], [.2119034982, .6806995451, .1073969566], [.0883024619, .2817188376, .6299787005]])
M2 = np.array([[.2104542553, .7936177850, -.0040720468], [1.9779984951, -2.4285922050, .4505937099], [.0259040371, .7827717662, -.8086757660]])


def to_linear(c):
    return np.where(c <= .04045, c / 12.92, (np.maximum(c, 0) + .055) ** 2.4 / 1.055 ** 2.4)


def to_oklab(srgb):
    return np.cbrt(to_linear(srgb) @ M1.T) @ M2.T


def from_oklab(lab):
    """sRGB, clipped to 0..1."""
    linear = np.clip(((lab @ np.linalg.inv(M2).T) ** 3) @ np.linalg.inv(M1).T, 0, 1)
    return np.where(linear <= .0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - .055)
