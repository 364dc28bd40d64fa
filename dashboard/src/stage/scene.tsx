import { useEffect } from 'react';
import type { MediaState, Picture } from './picture.js';

interface SceneProps {
  onPicture: (picture: Picture | null) => void;
  isAlive: boolean;
  onState: (state: MediaState) => void;
}

/**
 * A quiet room for when there is no camera: day or evening with the theme, and a dog that sleeps until something happens.
 * Its bed, bowl and door are where the simulated dog's are.
 */
export function Scene({ onPicture, isAlive, onState }: SceneProps) {
  useEffect(() => onState({ name: 'shown' }), [onState]);

  return (
    <svg ref={onPicture} className="stage-picture scene" viewBox="0 0 1280 720" role="img" aria-label="A drawn room">
      <defs>
        <linearGradient id="scene-wall" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" className="scene-wall-top" />
          <stop offset="1" className="scene-wall-bottom" />
        </linearGradient>
        <linearGradient id="scene-floor" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" className="scene-floor-far" />
          <stop offset="1" className="scene-floor-near" />
        </linearGradient>
        <linearGradient id="scene-sky" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" className="scene-sky-top" />
          <stop offset="1" className="scene-sky-bottom" />
        </linearGradient>
        <radialGradient id="scene-glow">
          <stop offset="0" className="scene-glow-inner" />
          <stop offset="1" className="scene-glow-outer" />
        </radialGradient>
      </defs>
      <rect width="1280" height="430" fill="url(#scene-wall)" />
      <rect y="418" width="1280" height="302" fill="url(#scene-floor)" />
      <rect className="scene-skirting" y="404" width="1280" height="16" />
      <Window />
      <Furniture />
      <ellipse className="scene-rug" cx="640" cy="610" rx="310" ry="74" />
      <ellipse className="scene-rug-line" cx="640" cy="610" rx="280" ry="63" />
      <Bed isAlive={isAlive} />
      <g>
        <ellipse className="scene-shade" cx="1066" cy="662" rx="74" ry="12" />
        <path className="scene-bowl" d="M1004 620h124l-13 36q-2 6-9 6h-80q-7 0-9-6z" />
        <ellipse className="scene-bowl-rim" cx="1066" cy="620" rx="62" ry="13" />
        <ellipse className="scene-water" cx="1066" cy="621" rx="49" ry="8" />
      </g>
    </svg>
  );
}

function Window() {
  return (
    <g>
      <path className="scene-light" d="M430 420L690 420 790 690 350 690z" />
      <rect className="scene-frame" x="418" y="82" width="304" height="236" rx="10" />
      <rect x="432" y="96" width="276" height="208" rx="4" fill="url(#scene-sky)" />
      <g className="scene-stars">
        <circle cx="470" cy="130" r="2" />
        <circle cx="536" cy="158" r="1.5" />
        <circle cx="600" cy="122" r="2" />
        <circle cx="672" cy="190" r="1.5" />
        <circle cx="500" cy="206" r="1.5" />
      </g>
      <circle className="scene-orb" cx="640" cy="160" r="27" />
      <path className="scene-hill-far" d="M432 262q80-46 150-12t126-22v72q0 4-4 4H436q-4 0-4-4z" />
      <path className="scene-hill-near" d="M432 284q70-26 140-8t136-6v30q0 4-4 4H436q-4 0-4-4z" />
      <path className="scene-bars" d="M570 96v208M432 200h276" />
      <rect className="scene-frame" x="404" y="312" width="332" height="16" rx="6" />
    </g>
  );
}

function Furniture() {
  return (
    <g>
      <circle className="scene-glow" cx="168" cy="196" r="190" fill="url(#scene-glow)" />
      <path className="scene-line" d="M168 0v134" />
      <path className="scene-lamp" d="M168 130c-40 0-62 30-66 66h132c-4-36-26-66-66-66z" />
      <rect className="scene-frame" x="832" y="120" width="124" height="96" rx="8" />
      <rect className="scene-print" x="842" y="130" width="104" height="76" rx="3" />
      <g className="scene-paw" transform="translate(868 144) scale(1.6)">
        <ellipse cx="7" cy="13" rx="3" ry="4" />
        <ellipse cx="13" cy="7" rx="3" ry="4.2" />
        <ellipse cx="20.5" cy="7" rx="3" ry="4.2" />
        <ellipse cx="26" cy="13" rx="3" ry="4" />
        <path d="M16.6 14c4 0 7.6 4 7.6 7.4 0 2.6-2 4-4.2 4-1.4 0-2.3-.8-3.4-.8s-2 .8-3.4.8c-2.2 0-4.2-1.4-4.2-4 0-3.4 3.6-7.4 7.6-7.4z" />
      </g>
      <path className="scene-door-frame" d="M1118 100L1272 84V582L1118 536z" />
      <path className="scene-door" d="M1130 120L1260 108V560L1130 520z" />
      <path className="scene-door-panel" d="M1150 146l92-8v150l-92-2zM1150 318l92 4v198l-92-24z" />
      <circle className="scene-knob" cx="1146" cy="318" r="7" />
      <path className="scene-pot" d="M868 372h76l-9 58q-1 6-7 6h-44q-6 0-7-6z" />
      <path
        className="scene-leaf"
        d="M906 374c-4-50-30-84-62-94 4 44 24 80 62 94zM906 374c2-60 24-96 60-110 0 50-20 92-60 110zM905 374c-18-54-10-104 4-128 18 36 18 86-4 128z"
      />
    </g>
  );
}

function Bed({ isAlive }: { isAlive: boolean }) {
  return (
    <g>
      <ellipse className="scene-shade" cx="186" cy="590" rx="168" ry="20" />
      <path className="scene-bed" d="M34 536c0-42 66-62 152-62s152 20 152 62-60 58-152 58-152-16-152-58z" />
      <ellipse className="scene-cushion" cx="186" cy="530" rx="122" ry="36" />
      <g className="scene-dog" data-away={isAlive}>
        <path
          className="scene-fur"
          d="M92 532c-4-46 38-82 98-80 52 2 92 32 92 68 0 20-14 30-40 30H128c-22 0-34-6-36-18z"
        />
        <path className="scene-fur-light" d="M232 548c-34 6-72 2-88-10-10-8-4-22 10-24 30-4 62 2 86 14z" />
        <path
          className="scene-fur"
          d="M94 516c-18-2-30 12-26 26 4 12 22 16 44 13l30-3c14-2 22-14 17-26-6-14-22-20-36-18-10 2-18 8-29 8z"
        />
        <path className="scene-ear" d="M136 504c16-6 32 4 34 22 1 14-8 24-18 20-14-6-20-26-16-42z" />
        <path className="scene-face" d="M95 532q6 5 13 0M69 536q-2-9 7-12" />
        <path className="scene-tail" d="M272 530c14 6 20 20 6 28-20 10-66 8-90 2" />
      </g>
      <path className="scene-bed-rim" d="M34 540c10 30 66 40 152 40s142-10 152-40c6 44-58 56-152 56S28 584 34 540z" />
      <g className="scene-sleep" data-away={isAlive} aria-hidden="true">
        <text x="70" y="470">
          z
        </text>
        <text x="92" y="446">
          z
        </text>
        <text x="118" y="416">
          z
        </text>
      </g>
    </g>
  );
}
