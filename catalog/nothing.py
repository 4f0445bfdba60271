"""Whether a picture shows a garment at all: by what stands out in it, and by what ImageNet's classes say of that.

The backbone's own classifier knows animals, vehicles, food, buildings and screens, of which the garment head knows nothing:
the head names some garment for each of them. So this asks the classifier alone, and does not change with the head.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catalog.region import Region

# Shares of ImageNet's probability, chosen on the train part of clothing_photos and on Mango: below FEWEST_SHARE on what is worn
# there is no garment, and below FEW neither if some other class has MUCH.
FEWEST_SHARE, FEW, MUCH = 0.12, 0.25, 0.4
# ImageNet classes (their usual order) that clothes are often taken for beside those of evidence.GROUPS: velvet, vestment,
# sleeping bag, bulletproof vest, diaper, bath towel, chain mail, quilt, prayer rug, knee pad, breastplate, punching bag, shower
# curtain, envelope, paper towel, and for skirts lampshade and table lamp;
CLOTHLIKE = (885, 887, 797, 465, 529, 434, 490, 750, 741, 615, 461, 747, 794, 549, 700, 619, 846)
# and small fashion things: screw, whistle, face powder, binder, loupe, nail, letter opener, corkscrew, eraser,
# plunger, hatchet, broom, pedestal, pillow, switch, plaster.
SMALL_THINGS = (783, 902, 551, 446, 633, 677, 623, 512, 767, 731, 596, 462, 708, 721, 844, 419)


def shows_garment(log_probabilities: NDArray[np.float32], worn: Sequence[int], region: Region) -> bool:
    """Whether a picture shows something to wear, from ImageNet's log probabilities (1000) of what was looked at in it.

    `worn` are the classes of clothes, shoes, bags and the like.
    """
    if region.blank:
        return False
    shares = np.exp(log_probabilities)
    garments = [*worn, *CLOTHLIKE, *SMALL_THINGS]
    share, most = shares[garments].sum(), np.delete(shares, garments).max()
    return bool(share >= FEW or (share >= FEWEST_SHARE and most <= MUCH))
