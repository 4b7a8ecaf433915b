import type { ReactNode } from 'react'

/** Line icons of our own on a 24 grid. All are decorative: the control that shows one names itself. */
function Icon({ children, size = 20 }: { children: ReactNode; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  )
}

export const SearchIcon = () => <Icon size={18}><circle cx="11" cy="11" r="6.5" /><path d="m16 16 4.5 4.5" /></Icon>
export const ClearIcon = () => <Icon size={16}><path d="M6 6l12 12M18 6 6 18" /></Icon>
export const BackIcon = () => <Icon><path d="M15 5l-7 7 7 7" /></Icon>
export const DownIcon = () => <Icon><path d="M12 5v14M6 13l6 6 6-6" /></Icon>
export const SendIcon = () => <Icon><path d="M5 12h13M12.5 5.5 19 12l-6.5 6.5" /></Icon>
export const MenuIcon = () => <Icon><circle cx="5" cy="12" r="1" /><circle cx="12" cy="12" r="1" /><circle cx="19" cy="12" r="1" /></Icon>
export const CheckIcon = () => <Icon size={16}><path d="m5 12.5 4.5 4.5L19 7.5" /></Icon>
export const WarningIcon = () => <Icon size={16}><circle cx="12" cy="12" r="9" /><path d="M12 7.5v5M12 16.2v.1" /></Icon>
export const EyeIcon = () => <Icon><path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" /><circle cx="12" cy="12" r="3" /></Icon>
export const EyeOffIcon = () => <Icon><path d="M4 4l16 16M9.5 5.9A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-3 3.7M6.2 7.7A16 16 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.5-1.2M10 10a3 3 0 0 0 4 4" /></Icon>
export const PinIcon = () => <Icon size={14}><path d="M9 3.5h6l-.8 6.5 3.3 3.5h-11L9.8 10 9 3.5ZM12 13.5V21" /></Icon>
export const MutedIcon = () => <Icon size={15}><path d="M4 4l16 16M18 15.5V11a6 6 0 0 0-9.3-5M6.5 8.5A6 6 0 0 0 6 11v4.5L4.5 18H18M10 21h4" /></Icon>
export const ArchiveIcon = () => <Icon><path d="M4 5h16v4H4zM5.5 9v10h13V9M10 13h4" /></Icon>
export const NewGroupIcon = () => <Icon><circle cx="9" cy="8.5" r="3.5" /><path d="M2.5 19.5c.6-3.6 3.2-5.5 6.5-5.5s5.9 1.9 6.5 5.5M19 8v6M16 11h6" /></Icon>
export const PeopleIcon = () => <Icon><circle cx="9" cy="8.5" r="3.5" /><path d="M2.5 19.5c.6-3.6 3.2-5.5 6.5-5.5s5.9 1.9 6.5 5.5M15.5 5.4a3.5 3.5 0 0 1 0 6.2M18 14.6c1.8.8 3 2.5 3.5 4.9" /></Icon>
export const LinkIcon = () => <Icon><path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7L12 17.7" /></Icon>
export const LeaveIcon = () => <Icon><path d="M14 5H6v14h8M10.5 12H20M16.5 8.5 20 12l-3.5 3.5" /></Icon>
