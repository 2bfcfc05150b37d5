# expect: held
# Each number in a child of its own, with invalid arguments. Those that a sandbox must refuse
# answer EPERM; nothing kills the run, so that libraries can fall back.
from prelude import *

FORBIDDEN = """101 103 134 135 136 139 142 144 151 152 153 154 155 156 159 161 162 163 164 165 166
167 168 169 170 171 172 173 174 175 176 177 178 179 180 183 188 189 190 197 198 199 206 207 208 209 210 212
216 227 236 237 238 239 240 241 242 243 244 245 246 248 249 250 251 252 253 254 255 256 272 275 276 278 279
298 300 301 303 304 305 306 308 310 311 312 313 314 315 317 319 320 321 323 325 329 330 331 333
425 426 427 428 429 430 431 432 433 438 440 442 443 444 445 446 447 448 450""".split()


def main():
    for number in map(int, FORBIDDEN):
        refused(f"call {number}", call(number, *[NOWHERE] * 6), "EPERM", "ENOSYS")
        refused(f"call {number} with nothing", call(number), "EPERM", "ENOSYS")
    return verdict()
